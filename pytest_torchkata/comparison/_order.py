"""Elements that are right but in the wrong place: transposed, flipped, rolled, shifted."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator

from torch import Tensor

from ._evidence import LISTED
from ._pieces import limit, pieces
from ._proof import Case, Pairs
from ._words import permuted

_DIMENSIONS = 4  # up to here every permutation is tried
_TURNED = 6  # and every set of dimensions that may be flipped
_NEAR = 1 << 14  # how far along a dimension an element is looked for
_VIEWED = 1 << 18  # elements, of which a copy is made
_CHANCE = 2.0**-10  # that elements of such values fall into place by themselves
_HYPOTHESES = 8  # distances along a dimension that are tried


def reordered(case: Case) -> list[str]:
    """Every way in which actual is expected with its elements moved."""
    places = case.telling
    if len(places) < 2:
        return []
    found = [text for text, pairs in _candidates(case, places) if case.moved(pairs)]
    sample = list(zip(case.sample.actual, case.sample.expected, strict=True))
    if found and (all(a == -e for a, e in sample) or len({a - e for a, e in sample}) == 1):
        found.append("a sign or an offset, though of few values")  # it accounts for them as well
    return found


def shifted(case: Case, chance: float = _CHANCE) -> list[str]:
    """Off by some indices along a dimension, with nothing moved round the end.

    `chance`: as likely it may be that elements of such values fall into place by themselves.
    """
    places = case.telling
    found: list[str] = []
    for dim, size in enumerate(case.shape if len(places) > 1 else ()):
        for by in _distances(case, dim, places):
            if abs(by) * 2 >= size or size < 4:
                continue
            if case.total <= LISTED and case.chance(size - abs(by), size) > chance:
                continue
            actual = case.actual.narrow(dim, max(-by, 0), size - abs(by))
            other = case.expected.narrow(dim, max(by, 0), size - abs(by))
            if case.moved(_pairs(actual, other)):
                where = f" along dimension {dim}" if len(case.shape) > 1 else ""
                off = "off by one index" if abs(by) == 1 else f"off by {abs(by)} indices"
                index = f"{':, ' * dim}i"
                other_index = f"{index} {'+' if by > 0 else '-'} {abs(by)}"
                found.append(f"{off}{where}: actual[{index}] = expected[{other_index}]")
    return found


def _pairs(actual: Tensor, other: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    for _, one, its in pieces(actual, other, limit(actual)):
        yield one, its


def _candidates(case: Case, places: list[int]) -> Iterator[tuple[str, Pairs]]:
    shape = case.shape
    long = [dim for dim, size in enumerate(shape) if size > 1]
    if len(long) <= _DIMENSIONS:
        yield from _permutations(case, long, places)
        yield from _views(case, places)
    if len(long) <= _TURNED:
        yield from _flips(case, long, places)
    for dim in long:
        if shape[dim] < 3:  # a roll of two is a flip
            continue
        for by in {distance % shape[dim] for distance in _distances(case, dim, places)}:
            if all(_fits(case, place, _rolled(case, place, dim, by)) for place in places):
                shift = -by if by * 2 <= shape[dim] else shape[dim] - by
                along = f" along dimension {dim}" if len(shape) > 1 else ""
                given = f"{shift}, {dim}" if along else f"{shift}"
                text = (
                    f"actual is expected rolled by {shift:+d}{along}: expected.roll({given}) fits"
                )
                yield text, _roll(case, dim, by)


def _roll(case: Case, dim: int, by: int) -> Iterator[tuple[Tensor, Tensor]]:
    """actual[i] beside expected[i + by], round the end."""
    split = case.shape[dim] - by
    for start, there, length in ((0, by, split), (split, 0, by)):
        actual, other = case.actual.narrow(dim, start, length), case.expected
        yield from _pairs(actual, other.narrow(dim, there, length))


def _rolled(case: Case, place: int, dim: int, by: int) -> int:
    position = list(case.coordinates(place))
    position[dim] = (position[dim] + by) % case.shape[dim]
    return case.flat(position)


def _fits(case: Case, place: int, other: int) -> bool:
    actual = case.at(case.actual, place)
    error = abs(actual - case.at(case.expected, place))
    return case.near(actual, case.at(case.expected, other), error)


def _permutations(case: Case, long: list[int], places: list[int]) -> Iterator[tuple[str, Pairs]]:
    shape = case.shape
    for order in itertools.permutations(long):
        if list(order) == long or any(
            shape[one] != shape[other] for one, other in zip(long, order, strict=True)
        ):
            continue
        whole = list(range(len(shape)))
        for one, other in zip(long, order, strict=True):
            whole[one] = other
        # permute(whole)[i] takes its index of dimension whole[d] from i[d].
        fits = True
        for place in places:
            here = case.coordinates(place)
            there = list(here)
            for d, w in enumerate(whole):
                there[w] = here[d]
            if not _fits(case, place, case.flat(there)):
                fits = False
                break
        if fits:
            moved = [dim for dim, other in enumerate(whole) if dim != other]
            if len(shape) == 2:
                text = "actual is expected transposed: expected.T fits"
            elif len(moved) == 2:
                text = (
                    f"actual is expected with dimensions {moved[0]} and {moved[1]} exchanged: "
                    f"expected.transpose({moved[0]}, {moved[1]}) fits"
                )
            else:
                text = (
                    f"actual is expected with its dimensions permuted: "
                    f"expected.permute{tuple(whole)} fits"
                )
            yield text, _pairs(case.actual, case.expected.permute(whole))


def _views(case: Case, places: list[int]) -> Iterator[tuple[str, Pairs]]:
    """The elements in the order of other dimensions: a view took the place of a transposition."""
    shape = case.shape
    if len(shape) > _DIMENSIONS or case.total > _VIEWED:  # it takes a copy
        return
    for order in itertools.permutations(range(len(shape))):
        there = [shape[dim] for dim in order]
        if there == list(shape):  # it is a permutation, if anything
            continue
        if all(_fits(case, place, _viewed(case, place, order)) for place in places):
            name = f"{permuted(order)}.reshape{shape}"
            text = f"{name} fits: a view or reshape in the place of a transposition"
            yield text, _pairs(case.actual, case.expected.permute(order).reshape(shape))


def _viewed(case: Case, place: int, order: tuple[int, ...]) -> int:
    position = [0] * len(order)
    for dim in reversed(order):
        place, position[dim] = divmod(place, case.shape[dim])
    return case.flat(position)


def _flips(case: Case, long: list[int], places: list[int]) -> Iterator[tuple[str, Pairs]]:
    shape = case.shape
    for count in range(1, len(long) + 1):
        for dims in itertools.combinations(long, count):
            if all(_fits(case, place, _flipped(case, place, dims)) for place in places):
                if len(shape) == 1:
                    text = "actual is expected in reverse: expected.flip(0) fits"
                else:
                    names = " and ".join(map(str, dims))
                    many = "s" if len(dims) > 1 else ""
                    given = str(dims[0]) if len(dims) == 1 else str(dims)
                    text = (
                        f"actual is expected flipped along dimension{many} {names}: "
                        f"expected.flip({given}) fits"
                    )
                yield text, _flip(case.actual, case.expected, set(dims))


def _flip(actual: Tensor, expected: Tensor, dims: set[int]) -> Iterator[tuple[Tensor, Tensor]]:
    """A piece of actual beside the piece of expected that a flip brings there: no whole copy."""
    size, count = limit(actual), actual.numel()
    if count <= size:
        yield actual, expected.flip(tuple(dims))
        return
    length = len(actual)
    row = count // length
    if row > size:
        rest = {dim - 1 for dim in dims if dim}
        for here in range(length):
            there = length - 1 - here if 0 in dims else here
            yield from _flip(actual[here], expected[there], rest)
        return
    rows = size // row
    for start in range(0, length, rows):
        stop = min(start + rows, length)
        first = length - stop if 0 in dims else start
        yield actual[start:stop], expected[first : first + stop - start].flip(tuple(dims))


def _flipped(case: Case, place: int, dims: tuple[int, ...]) -> int:
    position = list(case.coordinates(place))
    for dim in dims:
        position[dim] = case.shape[dim] - 1 - position[dim]
    return case.flat(position)


def _distances(case: Case, dim: int, places: list[int]) -> list[int]:
    """By how many indices along a dimension the sample may have moved, the nearest first."""
    if dim not in case.distances:
        case.distances[dim] = _looked_for(case, dim, places)
    return case.distances[dim]


def _looked_for(case: Case, dim: int, places: list[int]) -> list[int]:
    size = case.shape[dim]
    if size < 3 or not places:
        return []
    stride = 1
    for length in case.shape[dim + 1 :]:
        stride *= length
    found = {
        distance for place in places for distance in _distances_of(case, dim, place, size, stride)
    }
    if len(found) > _HYPOTHESES:  # the values recur: many must have moved by the same distance
        more = case.sample.places
        votes = Counter(
            distance
            for place in more
            for distance in {
                other
                for one in _distances_of(case, dim, place, size, stride)
                for other in (one % size, one % size - size)
            }
        )
        # All of them, if they went round the end; else those that did not fall off it.
        found = {distance for distance, count in votes.items() if count * 2 > len(more)}
        most = max(votes.values(), default=0)
        if len(found) > _HYPOTHESES:
            found = {distance for distance in found if votes[distance] == most}
    if len(found) > _HYPOTHESES:
        return []
    return sorted(found, key=abs)


def _distances_of(case: Case, dim: int, place: int, size: int, stride: int) -> set[int]:
    position = case.coordinates(place)[dim]
    start = place - position * stride
    actual = +case.at(case.actual, place)  # a number, though it be a boolean
    error = abs(actual - case.at(case.expected, place))
    if case.total <= 256:
        line = [case.at(case.expected, start + index * stride) for index in range(size)]
        hits = [index for index, value in enumerate(line) if case.near(actual, value, error)]
    else:
        selection: list[int | slice] = list(case.coordinates(place))
        first = max(0, min(position - _NEAR // 2, size - _NEAR))
        selection[dim] = slice(first, first + _NEAR)
        values = case.expected[tuple(selection)]
        wide = values if values.is_floating_point() or values.is_complex() else values.double()
        left = (wide - actual).abs()
        near = left <= max(case.atol + case.rtol * abs(actual), 4 * case.eps * abs(actual))
        hits = [first + hit for hit in near.nonzero().view(-1).tolist()]
    return {hit - position for hit in hits if hit != position}
