"""Shapes that broadcast: built from what fits, never drawn and rejected."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import DrawFn, SearchStrategy

from ._shapes import MAX_DIMS, Shape, bounds, shapes


class BroadcastableShapes(NamedTuple):
    """Shapes that broadcast together, and the shape that they broadcast to."""

    input_shapes: tuple[Shape, ...]
    result_shape: Shape


def broadcastable_shapes(
    shape: Shape,
    *,
    min_dims: int = 0,
    max_dims: int | None = None,
    min_side: int = 1,
    max_side: int | None = None,
) -> SearchStrategy[Shape]:
    """Shapes that broadcast with `shape`, whether or not the result is `shape` again.

    Args:
        shape: the shape to broadcast with.
        min_dims: at least 0.
        max_dims: two more than `shape` or `min_dims` has, by default.
        min_side: at least 0.
        max_side: two more than the largest side of `shape`, by default.

    Shrinks to fewer dimensions, then to sides of 1.
    """
    if not isinstance(shape, tuple):
        raise InvalidArgument(f"Expected a tuple but got {shape=}")
    if max_dims is None:
        max_dims = min(max(len(shape), min_dims) + 2, MAX_DIMS)
    if max_side is None:
        max_side = max((*shape, min_side)) + 2
    low, high, least, most = bounds(min_dims, max_dims, min_side, max_side)
    # From the last dimension to the first: what a side may be there.
    choices: list[tuple[int, ...]] = []
    for side in (*reversed(shape), *[1] * max(0, high - len(shape)))[:high]:
        fitting = range(least, most + 1) if side == 1 else (1, side)
        allowed = tuple(dict.fromkeys(each for each in fitting if least <= each <= most))
        if not allowed:
            if len(choices) < low:
                raise InvalidArgument(
                    f"{shape=} needs a side of 1 or {side} in dimension -{len(choices) + 1}, "
                    f"which {min_side=} and {max_side=} do not allow"
                )
            break
        choices.append(tuple(sorted(allowed, key=lambda each: (each != 1, each))))

    def fitted(drawn: bytes) -> Shape:
        sides = [choice[byte % len(choice)] for byte, choice in zip(drawn, choices, strict=False)]
        return tuple(reversed(sides))

    return st.binary(min_size=low, max_size=min(high, len(choices))).map(fitted)


def mutually_broadcastable(
    num_shapes: int,
    *,
    min_dims: int = 0,
    max_dims: int | None = None,
    min_side: int = 1,
    max_side: int | None = None,
) -> SearchStrategy[BroadcastableShapes]:
    """Shapes that all broadcast together, with the shape of the result.

    Args:
        num_shapes: how many, at least 1.
        min_dims, max_dims, min_side, max_side: bounds of each, as for `shapes`.

    Returns:
        A strategy for `BroadcastableShapes(input_shapes, result_shape)`.
    """
    if isinstance(num_shapes, bool) or not isinstance(num_shapes, int) or num_shapes < 1:
        raise InvalidArgument(f"num_shapes={num_shapes!r} must be an integer of at least 1")
    low, high, least, most = bounds(min_dims, max_dims, min_side, max_side)
    whole = shapes(min_dims=low, max_dims=high, min_side=least, max_side=most)
    # One byte a dimension: odd ones keep the side, even ones make it 1.
    kept = st.binary(min_size=low, max_size=high)
    return _together(num_shapes, whole, kept, least <= 1 <= most)


@st.composite
def _together(
    draw: DrawFn,
    num_shapes: int,
    whole: SearchStrategy[Shape],
    kept: SearchStrategy[bytes],
    ones: bool,
) -> BroadcastableShapes:
    full = draw(whole)
    inputs = []
    for _ in range(num_shapes):
        sides = zip(reversed(full), draw(kept), strict=False)
        shape = [side if byte & 1 or not ones else 1 for side, byte in sides]
        inputs.append(tuple(reversed(shape)))
    return BroadcastableShapes(tuple(inputs), broadcast(*inputs))


def broadcast(*several: Shape) -> Shape:
    """The shape that shapes which fit broadcast to."""
    dims = max(map(len, several))
    padded = [(1,) * (dims - len(shape)) + shape for shape in several]
    return tuple(
        next((side for side in sides if side != 1), 1) for sides in zip(*padded, strict=True)
    )
