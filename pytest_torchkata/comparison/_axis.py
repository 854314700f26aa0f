"""A dimension that was treated wrongly: broadcast along it, or normalised over another."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from ._evidence import LISTED
from ._pieces import PIECE, limit, pieces
from ._proof import Case

# Whether something is true of each of some lines, which lie along the last dimension.
Holds = Callable[[Tensor], bool]
# Dimensions whose elements are taken together.
Dims = tuple[int, ...]

# Two megabytes in double precision: a longer line is not summed, no larger result is made.
_REDUCED = 1 << 18
# A norm divides by a little more than it should, lest that be 0.
_NEARLY = 1e-2
# Up to so many dimensions all sets of them are tried.
_SEVERAL = 4


def repeated(case: Case) -> list[str]:
    """Actual repeats along a dimension along which expected varies."""
    found = []
    for dim, size in enumerate(case.shape):
        others = case.total // size if size else 0
        if size < 2 or others < 3 or case.total < 6:
            continue
        if not _constant_along(case, case.actual, dim) or _constant_along(case, case.expected, dim):
            continue
        if not _verified(case.actual, dim) or len(_distinct(case.actual, dim)) < 3:
            continue
        found.append(
            f"actual does not vary along dimension {dim}, as expected does{_what(case, dim)}"
        )
    return found if len(found) == 1 else []


def _constant_along(case: Case, tensor: Tensor, dim: int) -> bool:
    """Whether the sample sees no change along a dimension."""
    for place in case.sample.places[:4]:
        here = list(case.coordinates(place))
        here[dim] = 0
        first = case.at(tensor, case.flat(here))
        for position in {1, case.shape[dim] - 1}:
            here[dim] = position
            if case.at(tensor, case.flat(here)) != first:
                return False
    return bool(case.sample.places)


def _verified(tensor: Tensor, dim: int) -> bool:
    repeated = tensor.narrow(dim, 0, 1).expand_as(tensor)
    return all(
        bool((one == other).all()) for _, one, other in pieces(tensor, repeated, limit(tensor))
    )


def _distinct(tensor: Tensor, dim: int) -> set[float]:
    return set(tensor.select(dim, 0).reshape(-1)[:256].tolist())


def _what(case: Case, dim: int) -> str:
    expected = case.expected
    if case.total // case.shape[dim] > _REDUCED:
        return ""
    line = case.actual.select(dim, 0)
    if case.fits(line, expected.select(dim, 0)):
        return ": it repeats expected at index 0"
    if expected.is_floating_point() or expected.is_complex():
        if case.fits(line, expected.mean(dim)):
            return ": it repeats the mean of expected"
        if case.fits(line, expected.sum(dim)):
            return ": it repeats the sum of expected"
    return ""


def normalised(case: Case) -> list[str]:
    """Each is normalised, but over another dimension."""
    if not case.actual.is_floating_point() or len(case.shape) < 2:
        return []
    if any(len(set(map(abs, one))) < 3 for one in (case.sample.actual, case.sample.expected)):
        return []
    values = [*case.sample.actual, *case.sample.expected]
    if len(values) < 6:
        return []
    low, high = min(values), max(values)
    slack = max(1e-5, 2 * case.eps)  # each element is rounded by half of one at most
    if low >= 0 and high <= 1:
        return _compare(case, _sums_to_one(lambda x: x, slack), "sums to 1")
    if high <= 0:
        return _compare(case, _sums_to_one(torch.exp, slack), "has exponentials that sum to 1")
    if low >= -1 and high <= 1:
        for fn, what in ((torch.square, "squares"), (torch.abs, "absolute values")):
            found = _compare(case, _sums_to_one(fn, slack), f"has {what} that sum to 1")
            if found:
                return found
    standardised, scaled = _may_be_normalised(case)
    if standardised:
        return _compare(case, _is_standardised, "has mean 0 and variance 1")
    return _compare(case, _averages_one, "has squares that average 1") if scaled else []


def _may_be_normalised(case: Case) -> tuple[bool, bool]:
    """Whether expected has a mean of about 0, and a mean square of 1, as its slices may have."""
    if case.total <= LISTED:
        values = case.evidence.listed[1]
        mean, square = sum(values) / case.total, sum(x * x for x in values) / case.total
    else:
        mean = case.expected.mean().item()
        # A piece at a time: the squares of all would take as much memory as the tensor.
        expected = pieces(case.expected, case.expected, limit(case.expected))
        square = sum(one.float().square().sum().item() for _, one, _ in expected) / case.total
    return abs(mean) <= 2e-3, abs(square - 1) <= _NEARLY


def _compare(case: Case, holds: Holds, what: str) -> list[str]:
    theirs = _dimensions(case.expected, holds)
    mine = _dimensions(case.actual, holds) if theirs else theirs
    if not mine or mine & theirs:
        return []
    ndim = sum(size > 1 for size in case.shape)
    where = f"over {_over(mine, ndim)}, expected over {_over(theirs, ndim)}"
    return [f"actual {what} {where}: normalised over another"]


def _dimensions(x: Tensor, holds: Holds) -> set[Dims]:
    """The dimensions along which every line has a property, alone or several together."""
    long = [dim for dim, size in enumerate(x.shape) if size > 1]
    found: set[Dims] = {
        (dim,)
        for dim in long
        if x.shape[dim] <= _REDUCED and all(holds(lines) for lines in _lines(x.movedim(dim, -1)))
    }
    if x.numel() > _REDUCED or len(long) > _SEVERAL:
        return found
    for count in range(2, len(long) + 1):
        for dims in itertools.combinations(long, count):
            if any(set(one) < set(dims) for one in found):  # what holds of lines may hold of more
                continue
            together = x.movedim(dims, tuple(range(-count, 0))).flatten(-count).double()
            if holds(together.reshape(-1) if count == len(long) else together):
                found.add(dims)
    return found


def _lines(x: Tensor) -> Iterator[Tensor]:
    """Some whole lines along the last dimension at a time, in double precision."""
    if x.ndim == 1 or x.numel() <= PIECE:
        yield x.double().reshape(-1, x.shape[-1])
        return
    row = x.numel() // len(x)
    if row <= PIECE:
        for some in torch.split(x, PIECE // row):
            yield some.double()
        return
    for index in range(len(x)):
        yield from _lines(x[index])


def _sums_to_one(fn: Callable[[Tensor], Tensor], slack: float) -> Holds:
    return lambda lines: bool(((fn(lines).sum(-1) - 1).abs() <= slack).all())


def _averages_one(lines: Tensor) -> bool:
    if lines.shape[-1] < 3 or lines.ndim == 1:
        return False
    return bool(((lines.square().mean(-1) - 1).abs() <= _NEARLY).all())


def _is_standardised(lines: Tensor) -> bool:
    size = lines.shape[-1]
    if size < 3 or lines.ndim == 1:  # the whole tensor: many are
        return False
    mean = lines.mean(-1)
    variance = lines.square().mean(-1) - mean.square()
    unbiased = variance * (size / (size - 1))
    return bool((mean.abs() <= 1e-3).all()) and any(
        bool(((one - 1).abs() <= _NEARLY).all()) for one in (variance, unbiased)
    )


def _over(dims: set[Dims], ndim: int) -> str:
    return " and ".join(_named(one, ndim) for one in sorted(dims, key=lambda one: (len(one), one)))


def _named(dims: Dims, ndim: int) -> str:
    if len(dims) == 1:
        return f"dimension {dims[0]}"
    if len(dims) == ndim:
        return "the whole tensor"
    *most, last = map(str, dims)
    return f"dimensions {', '.join(most)} and {last} together"
