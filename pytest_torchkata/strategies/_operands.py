"""Operands and indices that fit: whatever is drawn, the operation is defined for it."""

from __future__ import annotations

import random
from typing import Any

import torch
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import DrawFn, SearchStrategy

from ._code import literal
from ._shapes import Shape, bounds, shapes
from ._tensors import drawn_tensor, print_as, read_limits

# Dimensions of the two operands of torch.matmul, 3 for any number of batch dimensions.
_CASES = ((1, 1), (2, 2), (2, 1), (1, 2), (3, 2), (3, 1), (3, 3), (2, 3), (1, 3))
_LIKE = ("gather", "index_select", "advanced")


def matmul_operands(
    *,
    dtype: torch.dtype | SearchStrategy[torch.dtype] = torch.float32,
    min_side: int = 1,
    max_side: int | None = None,
    max_batch_dims: int = 2,
    min_value: float | None = None,
    max_value: float | None = None,
    allow_nan: bool | None = None,
    allow_infinity: bool | None = None,
    allow_subnormal: bool | None = None,
    layout: str | SearchStrategy[str] = "contiguous",
    requires_grad: bool | SearchStrategy[bool] = False,
    device: str | torch.device = "cpu",
) -> SearchStrategy[tuple[torch.Tensor, torch.Tensor]]:
    """Pairs of tensors that `torch.matmul` multiplies, in each of its cases.

    Vector by vector, matrix by vector and the other way round, matrix by matrix, and each of them
    with batch dimensions, which broadcast.

    Args:
        min_side, max_side: bounds of every side; `min_side=0` gives empty operands too.
        max_batch_dims: of each operand, at least 0.
        The other arguments are those of `tensors`, for both operands.
    """
    _, _, least, most = bounds(3, 3, min_side, max_side)
    limits = read_limits(min_value, max_value, allow_nan, allow_infinity, allow_subnormal)
    if isinstance(dtype, torch.dtype):
        dtype = st.just(dtype)
    batches = shapes(
        min_dims=1 if max_batch_dims > 0 else 0,
        max_dims=max_batch_dims,
        min_side=least,
        max_side=most,
    )
    sides = st.tuples(*[st.integers(least, most)] * 3)
    return _operands(dtype, sides, batches, least <= 1, limits, layout, requires_grad, device)


@st.composite
def _operands(
    draw: DrawFn,
    dtype: SearchStrategy[torch.dtype],
    sides: SearchStrategy[tuple[int, ...]],
    batches: SearchStrategy[Shape],
    ones: bool,
    limits: Any,  # Any: passed on
    layout: Any,
    requires_grad: Any,
    device: Any,
) -> tuple[torch.Tensor, torch.Tensor]:
    kind = draw(dtype)
    left, right = draw(st.sampled_from(_CASES))
    rows, inner, columns = draw(sides)
    a: Shape = (inner,) if left == 1 else (rows, inner)
    b: Shape = (inner,) if right == 1 else (inner, columns)
    batch = draw(batches) if 3 in (left, right) else ()
    if left == 3:
        a = _broadcast_from(draw, batch, ones) + a
    if right == 3:
        b = _broadcast_from(draw, batch, ones) + b
    return (
        drawn_tensor(draw, kind, a, None, limits, layout, requires_grad, device),
        drawn_tensor(draw, kind, b, None, limits, layout, requires_grad, device),
    )


def _broadcast_from(draw: DrawFn, shape: Shape, ones: bool) -> Shape:
    """A shape that broadcasts to `shape`: its last dimensions, some of them 1 if `ones`."""
    missing = draw(st.integers(0, max(len(shape) - 1, 0)))
    replaced = draw(st.integers(0, 2 ** len(shape) - 1)) if ones else 0
    full = (1 if replaced >> place & 1 and side else side for place, side in enumerate(shape))
    return tuple(full)[missing:]


def indices(
    shape: Shape, *, like: str = "gather", dim: int = 0, device: str | torch.device = "cpu"
) -> SearchStrategy[Any]:
    """Indices into a tensor of `shape`, in range by construction.

    Args:
        shape: of the tensor that is indexed.
        like: "gather" for the index of `torch.gather(x, dim, index)` (as many dimensions as x, no
            side but the one along dim larger than x's), "index_select" for a vector of positions
            along dim, "advanced" for what may stand in `x[…]`: integers (negative ones too),
            slices, `None`, `...`, vectors of integers, masks.
        dim: of the tensor; negative ones count from the end.
        device: where index tensors lie.

    Returns:
        A strategy for `int64` tensors, or for tuples if like="advanced".
    """
    if like not in _LIKE:
        raise InvalidArgument(f"like={like!r} is not one of {', '.join(_LIKE)}")
    if not isinstance(shape, tuple):
        raise InvalidArgument(f"Expected a tuple but got {shape=}")
    if like == "advanced":
        return _advanced(shape, device)
    if not -len(shape) <= dim < len(shape):
        raise InvalidArgument(f"{dim=} is no dimension of {shape=}")
    return _along(shape, dim % len(shape), like == "gather", device)


@st.composite
def _along(
    draw: DrawFn, shape: Shape, dim: int, whole: bool, device: str | torch.device
) -> torch.Tensor:
    size = shape[dim]
    length = draw(st.integers(0 if not size else 1, size + 2)) if size else 0
    sides = [
        length if place == dim else draw(st.integers(min(1, side), side))
        for place, side in enumerate(shape)
        if whole or place == dim
    ]
    return _positions(draw, tuple(sides), size, device)


def _positions(
    draw: DrawFn, sides: Shape, size: int, device: str | torch.device, least: int = 0
) -> torch.Tensor:
    """Integers in [least, size), the first ones drawn one by one, the others mixed from them."""
    count = torch.Size(sides).numel()
    if count:
        some = st.lists(st.integers(least, size - 1), max_size=min(count, 16))
        drawn, seed = draw(some), draw(st.integers(0, 2**16 - 1))
        missing = count - len(drawn)
        mixed = random.Random(seed)
        drawn += mixed.choices(range(size), k=missing) if seed else [0] * missing
    else:
        drawn = []
    return _printed(torch.tensor(drawn, dtype=torch.int64).view(sides).to(device))


def _printed(tensor: torch.Tensor) -> torch.Tensor:
    print_as(tensor, lambda: literal(tensor))
    return tensor


@st.composite
def _advanced(draw: DrawFn, shape: Shape, device: str | torch.device) -> tuple[Any, ...]:
    # Vectors in several places have to be of one length; a mask is a vector of its trues.
    length = draw(st.integers(1, 4))
    masked = False
    parts: list[Any] = []
    for place, size in enumerate(shape[: draw(st.integers(0, len(shape)))]):
        kinds = ["all", "slice"] + (["integer", "vector"] if size else [])
        kind = draw(st.sampled_from([*kinds, "mask"] if place == 0 else kinds))
        if masked and kind == "vector":
            kind = "all"
        if kind == "all":
            parts.append(slice(None))
        elif kind == "slice":
            start, stop = sorted(draw(st.tuples(*[st.integers(0, size)] * 2)))
            parts.append(slice(start, stop, draw(st.sampled_from([None, 2, 3]))))
        elif kind == "integer":
            # Beside vectors an integer would be one of them; that is allowed, and is drawn too.
            parts.append(draw(st.integers(-size, size - 1)))
        elif kind == "vector":
            parts.append(_positions(draw, (length,), size, device, -size))
        else:
            masked = True
            chosen = draw(st.lists(st.booleans(), min_size=size, max_size=size))
            parts.append(_printed(torch.tensor(chosen, dtype=torch.bool, device=device)))
    extra = draw(st.sampled_from(["nothing", "none", "ellipsis"]))
    if extra == "none":
        parts.insert(draw(st.integers(0, len(parts))), None)
    elif extra == "ellipsis":
        parts.append(...)
    return tuple(parts)
