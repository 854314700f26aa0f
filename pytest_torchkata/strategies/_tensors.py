"""`tensors`: a few choices an example, in an order that shrinks."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any, TypeVar

import torch
from hypothesis import strategies as st
from hypothesis.control import current_build_context
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import DrawFn, SearchStrategy
from hypothesis.vendor.pretty import IDKey

from ._code import literal
from ._layouts import LAYOUTS, filled_shape, laid_out
from ._shapes import Shape, shapes
from ._tables import DEFAULT_LIMITS, SIZE, Limits, bits, table

T = TypeVar("T")

# So many elements have a choice of their own; the rest repeat them.
_OWN = 32
_VALUES = st.binary(max_size=_OWN)
# How the values fill a tensor that is larger than they are many. 0: they come first, then zeros;
# 1: zeros, then they; larger seeds mix them. Every third keeps to the plain half of the table, or
# hardly a large tensor were free of NaN.
_SEEDS = st.integers(0, 2**16 - 1)
_PLAIN = bytes(place % (SIZE // 2) for place in range(SIZE))


def tensors(
    *,
    dtype: torch.dtype | SearchStrategy[torch.dtype] = torch.float32,
    shape: int | Shape | SearchStrategy[Shape] | None = None,
    elements: SearchStrategy[Any] | None = None,
    min_value: float | None = None,
    max_value: float | None = None,
    allow_nan: bool | None = None,
    allow_infinity: bool | None = None,
    allow_subnormal: bool | None = None,
    layout: str | SearchStrategy[str] = "contiguous",
    requires_grad: bool | SearchStrategy[bool] = False,
    device: str | torch.device | SearchStrategy[str] = "cpu",
) -> SearchStrategy[torch.Tensor]:
    """Tensors whose elements shrink towards zero, and whose falsifying example is code to paste.

    Args:
        dtype: a dtype or a strategy for one; every dtype torch computes with.
        shape: a shape, or a strategy for one (`shapes()` by default).
        elements: a strategy for the elements, in place of the five arguments that follow. What
            it draws must fit the dtype.
        min_value, max_value: inclusive bounds of the elements.
        allow_nan: whether NaN comes up. By default it does unless there is a bound.
        allow_infinity: whether infinities do. By default unless both bounds are given.
        allow_subnormal: whether subnormal numbers do. By default they do.
        layout: see `layouts`.
        requires_grad: only floating point and complex tensors can.
        device: where the tensor lies.

    Returns:
        A strategy that draws leaf tensors.

    Raises:
        InvalidArgument: for arguments that contradict each other, as Hypothesis does.
    """
    if elements is not None and any(
        value is not None
        for value in (min_value, max_value, allow_nan, allow_infinity, allow_subnormal)
    ):
        raise InvalidArgument(
            "elements= says what is drawn: bounds and allow_… belong to the strategy given there"
        )
    if isinstance(layout, str) and layout not in LAYOUTS:
        raise InvalidArgument(f"layout={layout!r} is not one of {', '.join(LAYOUTS)}")
    limits = read_limits(min_value, max_value, allow_nan, allow_infinity, allow_subnormal)
    if isinstance(dtype, torch.dtype):
        _check_dtype(dtype, limits, requires_grad is True)
    elif not isinstance(dtype, SearchStrategy):
        raise InvalidArgument(f"{dtype=} is neither a torch.dtype nor a strategy")
    if isinstance(shape, int):
        shape = (shape,)
    if isinstance(shape, (tuple, list)):
        shape = tuple(shape)
        if any(isinstance(side, bool) or not isinstance(side, int) or side < 0 for side in shape):
            raise InvalidArgument(f"{shape=} must be a tuple of integers of at least 0")
    sizes = shapes() if shape is None else shape
    return _drawn(dtype, sizes, elements, limits, layout, requires_grad, device)


@st.composite
def _drawn(
    draw: DrawFn,
    dtype: torch.dtype | SearchStrategy[torch.dtype],
    shape: Shape | SearchStrategy[Shape],
    elements: SearchStrategy[Any] | None,
    limits: Limits,
    layout: str | SearchStrategy[str],
    requires_grad: bool | SearchStrategy[bool],
    device: str | torch.device | SearchStrategy[str],
) -> torch.Tensor:
    return drawn_tensor(draw, dtype, shape, elements, limits, layout, requires_grad, device)


def drawn_tensor(
    draw: DrawFn,
    dtype: torch.dtype | SearchStrategy[torch.dtype],
    shape: Shape | SearchStrategy[Shape],
    elements: SearchStrategy[Any] | None = None,
    limits: Limits = DEFAULT_LIMITS,
    layout: str | SearchStrategy[str] = "contiguous",
    requires_grad: bool | SearchStrategy[bool] = False,
    device: str | torch.device | SearchStrategy[str] = "cpu",
) -> torch.Tensor:
    """Draw one tensor, for strategies that need to know its shape first."""
    # What decides how large the example is comes first: Hypothesis deletes and lowers from the
    # front. Each choice is made whatever the others are, so that lowering one leaves the rest.
    kind = _value(draw, dtype)
    size = _value(draw, shape)
    where = _value(draw, layout)
    grad = _value(draw, requires_grad)
    place = _value(draw, device)
    filled = filled_shape(size, where)
    count = math.prod(filled)
    if elements is None:
        values = _looked_up(draw(_VALUES), draw(_SEEDS), count, kind, limits)
    else:
        values = _from_elements(draw, elements, count, kind)
    values = values.view(filled)
    if str(place) != "cpu":
        values = values.to(place)
    laid = laid_out(values, size, where)
    tensor = laid.tensor
    if grad and (kind.is_floating_point or kind.is_complex):
        tensor = tensor.detach().requires_grad_()
    print_as(tensor, lambda: laid.code(tensor.requires_grad))
    return tensor


def _value(draw: DrawFn, given: Any) -> Any:  # Any: a value or a strategy for it, of any type
    return draw(given) if isinstance(given, SearchStrategy) else given


def _looked_up(
    drawn: bytes, seed: int, count: int, dtype: torch.dtype, limits: Limits
) -> torch.Tensor:
    """(count,) values: byte by byte from the table, then the same ones again, as the seed says."""
    if not count:
        return torch.empty(0, dtype=dtype)
    if seed % 3 == 2:
        drawn = drawn.translate(_PLAIN)
    missing = count - len(drawn)
    if missing > 0:
        if seed > 1 and drawn:
            palette = (drawn * (SIZE // len(drawn) + 1))[:SIZE]
            drawn += random.Random(seed).randbytes(missing).translate(palette)
        else:
            drawn = bytes(missing) + drawn if seed == 1 else drawn + bytes(missing)
    places = torch.frombuffer(bytearray(drawn), dtype=torch.uint8, count=count)
    return _table_bits(dtype, limits)[places.to(torch.int64)].view(dtype)


def _table_bits(dtype: torch.dtype, limits: Limits) -> torch.Tensor:
    values = table(dtype, limits)
    if not len(values):
        raise InvalidArgument(
            f"{dtype} has no value between {limits.min_value} and {limits.max_value}"
        )
    return bits(values)


def _from_elements(
    draw: DrawFn, elements: SearchStrategy[Any], count: int, dtype: torch.dtype
) -> torch.Tensor:
    own = draw(st.lists(elements, min_size=min(count, 1), max_size=min(count, _OWN)))
    seed = draw(_SEEDS)
    if not count:
        return torch.empty(0, dtype=dtype)
    values = [_fitting(value, dtype) for value in own]
    missing = count - len(values)
    if missing and seed:
        mixed = random.Random(seed)
        values += mixed.choices(values, k=missing)
    else:
        values += [values[0]] * missing
    return torch.tensor(values, dtype=dtype)


def _fitting(value: Any, dtype: torch.dtype) -> Any:  # Any: whatever the strategy draws
    if isinstance(value, torch.Tensor):
        value = value.item()
    try:
        held = torch.tensor(value, dtype=dtype).item()
    except (RuntimeError, TypeError, ValueError) as error:
        raise InvalidArgument(f"elements= drew {value!r}, which is no {dtype}: {error}") from None
    overflow = isinstance(value, float) and math.isfinite(value) and not math.isfinite(held)
    if overflow or (not dtype.is_floating_point and not dtype.is_complex and held != value):
        raise InvalidArgument(f"elements= drew {value!r}, which {dtype} cannot hold (got {held!r})")
    return value


def print_as(tensor: torch.Tensor, code: Callable[[], str]) -> None:
    """Let Hypothesis print the tensor as code, in this example alone."""
    printers = getattr(current_build_context(), "known_object_printers", None)
    if printers is not None:  # its own strategies do it like this, but it promises nothing
        printers[IDKey(tensor)].append(lambda obj, printer, cycle: printer.text(code()))


def read_limits(
    min_value: float | None,
    max_value: float | None,
    allow_nan: bool | None,
    allow_infinity: bool | None,
    allow_subnormal: bool | None,
) -> Limits:
    if min_value is not None and max_value is not None and min_value > max_value:
        raise InvalidArgument(f"{min_value=} is greater than {max_value=}")
    bounded = min_value is not None or max_value is not None
    if allow_nan and bounded:
        raise InvalidArgument(f"Cannot have {allow_nan=} with a bound")
    if allow_infinity and min_value is not None and max_value is not None:
        raise InvalidArgument(f"Cannot have {allow_infinity=} with both bounds")
    return Limits(
        min_value,
        max_value,
        not bounded if allow_nan is None else allow_nan,
        not (min_value is not None and max_value is not None)
        if allow_infinity is None
        else allow_infinity,
        True if allow_subnormal is None else allow_subnormal,
    )


def _check_dtype(dtype: torch.dtype, limits: Limits, requires_grad: bool) -> None:
    if requires_grad and not (dtype.is_floating_point or dtype.is_complex):
        raise InvalidArgument(f"requires_grad=True needs a floating or complex dtype, not {dtype}")
    _table_bits(dtype, limits)


def to_code(tensor: torch.Tensor) -> str:
    """Python code that makes a contiguous tensor of the same values."""
    return literal(tensor, requires_grad=tensor.requires_grad)
