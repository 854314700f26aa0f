"""Where the mismatches of two tensors lie: rows, columns, every k-th, a block, a triangle."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import torch
from torch import Tensor

from ._evidence import REMEMBERED, Evidence
from ._gather import mismatches
from ._pieces import limit, pieces
from ._summary import unravel

# Below this many, Python's own sets are quicker than tensors.
_FEW = 256

# The indices that occur in each dimension, ascending.
Used = list[Sequence[int]]


def where(evidence: Evidence) -> str:
    """The pattern of the mismatches, in words."""
    shape = tuple(evidence.actual.shape)
    count, total = evidence.mismatched, evidence.total
    if count == total:
        return "everywhere" if total > 1 else "the only element"
    if count == 1:
        return f"{_one(int(evidence.places[0]), shape)} alone"
    used = _used(evidence.places, shape) if evidence.located else _unlisted(evidence, shape)
    if used is not None:
        box = math.prod(map(len, used))
        if count == box:
            left_out = None if _is_simple(used, shape) else _left_out(evidence, shape)
            return _whole(used, shape) if left_out is None else f"everywhere but {left_out}"
        triangle = _triangle(evidence.places, shape) if evidence.located else None
        if triangle:
            return triangle
        if box * 2 <= total and count * 2 >= box and _is_simple(used, shape):
            return f"within {_grid(used, shape)} ({count:,} of the {box:,} elements there)"
    left_out = _left_out(evidence, shape)
    if left_out is not None:
        return f"everywhere but {left_out}"
    if count * 10 >= total * 9:
        return f"nearly everywhere ({count:,} of {total:,} elements)"
    return "scattered"


def _whole(used: Used, shape: tuple[int, ...]) -> str:
    """All the elements of some rows, columns or a block."""
    text = _grid(used, shape)
    parts = sum(len(one) < size for one, size in zip(used, shape, strict=True))
    named = text.startswith(("the", "every"))
    return f"all of {text}" if len(shape) > 1 and parts == 1 and not named else text


def _left_out(evidence: Evidence, shape: tuple[int, ...]) -> str | None:
    """What is close, where it has a pattern."""
    most = evidence.mismatched * 2 > evidence.total
    if not most or not evidence.located or evidence.total > REMEMBERED:
        return None
    close = torch.ones(evidence.total, dtype=torch.bool, device=evidence.places.device)
    close[evidence.places] = False
    places = close.nonzero().view(-1)
    if len(places) == 1:
        return _one(int(places[0]), shape)
    used = _used(places, shape)
    if len(places) == math.prod(map(len, used)):
        return _grid(used, shape)
    triangle = _triangle(places, shape)
    return triangle if triangle is not None and " (" not in triangle else None


def _one(place: int, shape: tuple[int, ...]) -> str:
    index = unravel(place, shape)
    return f"index {index[0] if len(shape) == 1 else index}"


def _used(places: Tensor, shape: tuple[int, ...]) -> Used:
    """The indices that occur in each dimension, ascending."""
    stride = math.prod(shape)
    used: Used = []
    few = places.tolist() if len(places) <= _FEW else None
    for size in shape:
        stride //= size
        if few is not None:
            used.append(sorted({place // stride % size for place in few}))
        elif size == math.prod(shape):  # each place is an index
            used.append(_indices(places))
        else:
            mark = torch.zeros(size, dtype=torch.bool, device=places.device)
            mark[places // stride % size] = True
            used.append(_indices(mark.nonzero().view(-1)))
    return used


def _indices(found: Tensor) -> Sequence[int]:
    """Ascending indices; of many that are regular, no list is made."""
    count, first, last = len(found), int(found[0]), int(found[-1])
    step = max((last - first) // max(count - 1, 1), 1)
    regular = range(first, last + 1, step)
    if len(regular) == count and torch.equal(
        found, torch.arange(first, last + 1, step, device=found.device)
    ):
        return regular
    return list(found.tolist())


def _unlisted(evidence: Evidence, shape: tuple[int, ...]) -> Used | None:
    """The same where there are too many mismatches to remember them all; None: everywhere."""
    lead = next(dim for dim, size in enumerate(shape) if size > 1)
    row = math.prod(shape[lead + 1 :])
    first, after = int(evidence.places[0]), evidence.last() + 1
    if after - first == evidence.mismatched and first % row == after % row == 0:
        used: Used = [range(size) for size in shape]
        used[lead] = range(first // row, after // row)
        return used
    if evidence.mismatched * 2 >= evidence.total or max(shape) > REMEMBERED:
        return None
    return _used_by_pieces(evidence, shape)


def _used_by_pieces(evidence: Evidence, shape: tuple[int, ...]) -> Used:
    marks = [torch.zeros(size, dtype=torch.bool, device=evidence.actual.device) for size in shape]
    for offset, actual, expected in pieces(
        evidence.actual, evidence.expected, limit(evidence.actual)
    ):
        bad = mismatches(evidence, actual.reshape(-1), expected.reshape(-1))
        if bad is None:
            continue
        places = bad.nonzero().view(-1).add_(offset)
        stride = evidence.total
        for mark, size in zip(marks, shape, strict=True):
            stride //= size
            mark[places // stride % size] = True
    return [_indices(mark.nonzero().view(-1)) for mark in marks]


def _step(used: Sequence[int]) -> int | None:
    """The distance between neighbours where it is the same throughout."""
    if len(used) < 2:
        return 1
    step = used[1] - used[0]
    return step if all(b - a == step for a, b in itertools.pairwise(used)) else None


def _is_simple(used: Used, shape: tuple[int, ...]) -> bool:
    return all(
        len(one) == size or _step(one) is not None for one, size in zip(used, shape, strict=True)
    )


_ORDINALS = {2: "2nd", 3: "3rd"}


def _along(used: Sequence[int], size: int, one: str, many: str) -> str:
    """Some indices of a dimension, in words."""
    if len(used) == 1:
        return f"{one} {used[0]}"
    step = _step(used)
    first, last = used[0], used[-1]
    if step == 1:
        if first == 0:
            return f"the first {len(used):,} {many}"
        if last == size - 1:
            return f"the last {len(used):,} {many}"
    if len(used) == 2:  # they make no pattern
        return f"{many} {first} and {last}"
    if step == 1:
        return f"{many} {first} to {last}"
    if step is not None and first < step and last + step >= size:
        return f"every {_ORDINALS.get(step, f'{step}th')} {one}, from {first} on"
    if len(used) > 8:
        return f"{many} {', '.join(map(str, used[:8]))}, … ({len(used):,} of {size:,})"
    return f"{many} {', '.join(map(str, used[:-1]))} and {used[-1]}"


def _grid(used: Used, shape: tuple[int, ...]) -> str:
    limited = [dim for dim, size in enumerate(shape) if len(used[dim]) < size]
    if not limited:
        return "the whole tensor"
    if len(limited) > 1 and all(_step(used[dim]) == 1 for dim in limited):
        slices = [":" if dim not in limited else _slice(used[dim]) for dim in range(len(shape))]
        return f"the block [{', '.join(slices)}]"
    return ", in ".join(_some(used[dim], dim, shape) for dim in limited)


def _some(used: Sequence[int], dim: int, shape: tuple[int, ...]) -> str:
    """Some indices of a dimension, by the name that it has."""
    if len(shape) == 1:
        return _along(used, shape[dim], "index", "elements")
    if len(shape) == 2:
        names = (("row", "rows"), ("column", "columns"))[dim]
        return _along(used, shape[dim], *names)
    return f"{_along(used, shape[dim], 'index', 'indices')} of dimension {dim}"


def _slice(used: Sequence[int]) -> str:
    return str(used[0]) if len(used) == 1 else f"{used[0]}:{used[-1] + 1}"


def _triangle(places: Tensor, shape: tuple[int, ...]) -> str | None:
    if len(shape) != 2:
        return None
    rows, columns = shape
    row, column = places // columns, places % columns
    count = len(places)
    away = column - row
    low, high = int(away.min()), int(away.max())
    if low == high:
        whole = min(rows, columns - low) if low >= 0 else min(rows + low, columns)
        name = "the main diagonal" if low == 0 else f"the diagonal at offset {low}"
        return name if count == whole and whole > 2 else None
    lower = sum(min(columns, index) for index in range(min(rows, 65_536)))
    diagonal = min(rows, columns)
    if rows > 65_536 or diagonal < 3:
        return None
    sizes = {
        (1, None): (rows * columns - lower - diagonal, "above the main diagonal"),
        (0, None): (rows * columns - lower, "on and above the main diagonal"),
        (None, -1): (lower, "below the main diagonal"),
        (None, 0): (lower + diagonal, "on and below the main diagonal"),
    }
    for (at_least, at_most), (whole, name) in sizes.items():
        if low == at_least or high == at_most:
            if count == whole:
                return f"all {whole:,} elements {name}"
            if count > 4 and count * 2 >= whole and whole < rows * columns * 0.9:
                return f"only {name} ({count:,} of the {whole:,} elements there)"
    return None
