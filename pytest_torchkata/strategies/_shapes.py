"""Shapes: one string of bytes each, a byte a side: to drop a byte is to drop a dimension."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import SearchStrategy

Shape = tuple[int, ...]
# torch has no limit; beyond this many dimensions its own kernels begin to refuse.
MAX_DIMS = 25


def bounds(
    min_dims: int, max_dims: int | None, min_side: int, max_side: int | None
) -> tuple[int, int, int, int]:
    """The bounds with their defaults; InvalidArgument, worded as Hypothesis does, for bad ones."""
    for name, value in (("min_dims", min_dims), ("min_side", min_side)):
        _check_integer(name, value)
        if value < 0:
            raise InvalidArgument(f"Invalid {name}={value!r} < 0")
    if max_dims is None:
        max_dims = min(min_dims + 2, MAX_DIMS)
    if max_side is None:
        max_side = min_side + 5
    _check_integer("max_dims", max_dims)
    _check_integer("max_side", max_side)
    if max_dims > MAX_DIMS:
        raise InvalidArgument(f"max_dims={max_dims!r} must be at most {MAX_DIMS}")
    if max_dims < min_dims:
        raise InvalidArgument(f"{max_dims=} is less than {min_dims=}")
    if max_side < min_side:
        raise InvalidArgument(f"{max_side=} is less than {min_side=}")
    return min_dims, max_dims, min_side, max_side


def _check_integer(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidArgument(f"Expected an integer but got {name}={value!r}")


def shapes(
    *,
    min_dims: int = 1,
    max_dims: int | None = None,
    min_side: int = 1,
    max_side: int | None = None,
) -> SearchStrategy[Shape]:
    """Shapes of tensors: tuples of `min_dims` to `max_dims` sides of `min_side` to `max_side`.

    Args:
        min_dims: at least 0, which is a tensor without dimensions.
        max_dims: `min_dims + 2` by default.
        min_side: at least 0, which is an empty tensor.
        max_side: `min_side + 5` by default.

    Shrinks to fewer dimensions, then to smaller sides.
    """
    low, high, least, most = bounds(min_dims, max_dims, min_side, max_side)
    spread = most - least + 1
    if spread > 256:
        return st.lists(st.integers(least, most), min_size=low, max_size=high).map(tuple)
    return st.binary(min_size=low, max_size=high).map(_sides(least, spread))


def _sides(least: int, spread: int) -> Callable[[bytes], Shape]:
    def sides(drawn: bytes) -> Shape:
        return tuple([least + byte % spread for byte in drawn])

    return sides
