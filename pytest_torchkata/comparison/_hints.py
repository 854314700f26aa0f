"""What may be said of two tensors whose attributes differ: above all of their shapes."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor

from ._leaves import Leaf
from ._rules import Tolerance
from ._words import differ, permuted, plural

# Elements of either, of which a few copies are made.
_LOOKED_AT = 1 << 18


def hints(leaf: Leaf, tolerance: Tolerance | None) -> list[str]:
    """Lines that follow torch's own; none where there is nothing to add."""
    actual, expected = leaf.actual, leaf.expected
    if not (isinstance(actual, Tensor) and isinstance(expected, Tensor)) or tolerance is None:
        return []
    if actual.layout is not torch.strided or expected.layout is not torch.strided:
        return []
    if actual.is_nested or expected.is_nested or actual.is_quantized or expected.is_quantized:
        return []
    actual, expected = actual.detach(), expected.detach()
    try:
        if actual.shape != expected.shape:
            return _shapes(actual, expected, tolerance)
        return _values(actual, expected, tolerance)
    except Exception:  # an operation that these dtypes or devices lack: then nothing is said
        return []


def _values(actual: Tensor, expected: Tensor, tolerance: Tolerance) -> list[str]:
    if actual.numel() > _LOOKED_AT or "meta" in (actual.device.type, expected.device.type):
        return []
    close = _is_close(actual, expected, tolerance)
    differing = close.numel() - int(close.sum())
    if not differing:
        how = "equal" if tolerance.exact else "close"
        return [f"apart from that, the values are {how}"]
    of = plural(close.numel(), "element")
    return [f"apart from that, {differing:,} of {of} {differ(differing)}"]


def _close(actual: Tensor, expected: Tensor, tolerance: Tolerance) -> bool:
    if (
        actual.shape != expected.shape
        or actual.numel() > _LOOKED_AT
        or actual.device.type == "meta"
    ):
        return False
    return bool(_is_close(actual, expected, tolerance).all())


def _is_close(actual: Tensor, expected: Tensor, tolerance: Tolerance) -> Tensor:
    if actual.device != expected.device:
        actual, expected = actual.cpu(), expected.cpu()
    dtype = torch.promote_types(actual.dtype, expected.dtype)
    return torch.isclose(
        actual.to(dtype),
        expected.to(dtype),
        rtol=tolerance.rtol,
        atol=tolerance.atol,
        equal_nan=True,
    )


def _shapes(actual: Tensor, expected: Tensor, tolerance: Tolerance) -> list[str]:
    mine, theirs = tuple(actual.shape), tuple(expected.shape)
    if actual.numel() == expected.numel():
        for order in _orders(theirs, mine):
            if _close(actual, expected.permute(order), tolerance) and _varied(expected):
                return [f"actual is expected with its dimensions permuted: {permuted(order)} fits"]
        one, other = [n for n in mine if n != 1], [n for n in theirs if n != 1]
        if one == other:
            which = "more" if len(mine) > len(theirs) else "fewer"
            text = f"actual has {which} dimensions of size 1, and else the same shape"
            if len(mine) == len(theirs):
                text = "actual has its dimensions of size 1 in another place"
            if _close(actual.reshape(theirs), expected, tolerance):
                text += "; the values are close"
            return [text]
        if _close(actual.reshape(theirs), expected, tolerance) and _varied(expected):
            return [f"actual.reshape{theirs} fits: the elements are the same, in the same order"]
        return []
    return _broadcast(actual, expected, tolerance)


def _part(actual: Tensor, expected: Tensor, tolerance: Tolerance) -> str | None:
    """Whether one is the other without some at an end of a dimension."""
    if actual.ndim != expected.ndim:
        return None
    dims = [dim for dim in range(actual.ndim) if actual.shape[dim] != expected.shape[dim]]
    if len(dims) != 1:
        return None
    (dim,) = dims
    part, whole, of_part, of_whole = actual, expected, "actual", "expected"
    if actual.shape[dim] > expected.shape[dim]:
        part, whole, of_part, of_whole = expected, actual, "expected", "actual"
    if part.numel() < 6 or not _varied(part):  # few fit by chance
        return None
    size = part.shape[dim]
    left = whole.shape[dim] - size
    for start, end, index in ((0, "last", f":-{left}"), (left, "first", f"{left}:")):
        if _close(part, whole.narrow(dim, start, size), tolerance):
            which = f"{end} {left}" if left > 1 else end
            name = f"{of_whole}[{':, ' * dim}{index}]"
            return f"{of_part} is {of_whole} without the {which} along dimension {dim}: {name} fits"
    return None


def _repeats(actual: Tensor, line: Tensor, dim: int, tolerance: Tolerance) -> bool:
    return _close(actual, line.unsqueeze(dim).expand_as(actual), tolerance)


def _orders(shape: tuple[int, ...], wanted: tuple[int, ...]) -> list[tuple[int, ...]]:
    if len(shape) != len(wanted) or not 2 <= len(shape) <= 4:
        return []
    return [
        order
        for order in itertools.permutations(range(len(shape)))
        if tuple(shape[dim] for dim in order) == wanted
    ]


def _varied(tensor: Tensor) -> bool:
    return tensor.numel() <= _LOOKED_AT and len(set(tensor.reshape(-1)[:256].tolist())) >= 3


def _broadcast(actual: Tensor, expected: Tensor, tolerance: Tolerance) -> list[str]:
    """Whether a broadcast made actual too large: (n, 1) with (n,) gives (n, n)."""
    flat = expected.squeeze()
    if flat.ndim == actual.ndim - 1 and _varied(flat):
        for dim in range(actual.ndim):
            rest = (*actual.shape[:dim], *actual.shape[dim + 1 :])
            if rest == tuple(flat.shape) and _repeats(actual, flat, dim, tolerance):
                return [f"actual repeats expected along dimension {dim}"]
    if (
        actual.ndim == 2
        and flat.ndim == 1
        and actual.shape[0] == actual.shape[1] == flat.shape[0]
        and actual.numel() <= _LOOKED_AT
        and len(flat) >= 3
        and _close(actual.diagonal(), flat, tolerance)
        and _varied(flat)
    ):
        n = len(flat)
        shapes = f"shapes ({n},) and ({n}, 1) were broadcast together"
        text = f"the diagonal of actual is expected: {shapes}, where elements should have met one"
        return [f"{text} to one"]
    part = _part(actual, expected, tolerance)
    if part is not None:
        return [part]
    if actual.ndim == expected.ndim and actual.numel() > expected.numel():
        dims = [d for d in range(actual.ndim) if actual.shape[d] != expected.shape[d]]
        if all(expected.shape[d] == 1 for d in dims):
            names = ", ".join(map(str, dims))
            return [
                f"expected has size 1 in dimension {names}: actual was broadcast or not reduced"
            ]
    if actual.ndim == expected.ndim - 1 or actual.ndim == expected.ndim + 1:
        more, less = sorted((actual, expected), key=lambda x: -x.ndim)
        who = "actual" if more is actual else "expected"
        for dim in range(more.ndim):
            if (*more.shape[:dim], *more.shape[dim + 1 :]) == tuple(less.shape):
                return [f"{who} has one dimension more, of size {more.shape[dim]}: dimension {dim}"]
    return []
