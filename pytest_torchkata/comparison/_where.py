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
        index = unravel(int(evidence.places[0]), shape)
        return f"index {index[0] if len(shape) == 1 else index} alone"
    used = _used(evidence.places, shape) if evidence.located else _unlisted(evidence, shape)
    if used is None:
        return "spread over the whole tensor"
    if count == math.prod(map(len, used)):
        text = _grid(used, shape)
        return text if len(shape) == 1 or text.startswith(("the", "every")) else f"all of {text}"
    if len(shape) == 2 and evidence.located:
        triangle = _triangle(evidence.places, shape)
        if triangle:
            return triangle
    inside = _grid(used, shape)
    box = math.prod(len(one) for one in used)
    if box * 2 <= total and count * 2 >= box and _is_simple(used, shape):
        return f"within {inside} ({count} of the {box} elements there)"
    return "scattered"


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
            return f"the first {len(used)} {many}"
        if last == size - 1:
            return f"the last {len(used)} {many}"
        return f"{many} {first} to {last}"
    if step is not None and first < step and last + step >= size:
        return f"every {_ORDINALS.get(step, f'{step}th')} {one}, from {first} on"
    shown = ", ".join(map(str, used[:8]))
    return f"{many} {shown}, …" if len(used) > 8 else f"{many} {shown}"


def _grid(used: Used, shape: tuple[int, ...]) -> str:
    limited = [dim for dim, size in enumerate(shape) if len(used[dim]) < size]
    if not limited:
        return "the whole tensor"
    if len(limited) == 1:
        (dim,) = limited
        if len(shape) == 1:
            return _along(used[dim], shape[dim], "index", "elements")
        names = (("row", "rows"), ("column", "columns"))[dim] if len(shape) == 2 else None
        if names:
            return _along(used[dim], shape[dim], *names)
        return f"{_along(used[dim], shape[dim], 'index', 'indices')} of dimension {dim}"
    if all(_step(used[dim]) == 1 for dim in limited):
        slices = [":" if dim not in limited else _slice(used[dim]) for dim in range(len(shape))]
        return f"the block [{', '.join(slices)}]"
    parts = [
        f"{_along(used[dim], shape[dim], 'index', 'indices')} of dimension {dim}" for dim in limited
    ]
    return " and ".join(parts)


def _slice(used: Sequence[int]) -> str:
    return str(used[0]) if len(used) == 1 else f"{used[0]}:{used[-1] + 1}"


def _triangle(places: Tensor, shape: tuple[int, ...]) -> str | None:
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
                return f"all {whole} elements {name}"
            if count > 4 and count * 2 >= whole:
                return f"{name} alone ({count} of the {whole} elements there)"
    return None
