"""The passing path: accepts what is certainly close, and leaves everything else to others.

It may only ever accept. What it does not accept is judged again by the rules of torch, so a
mistake here can cost time but never a verdict, as long as each tier is conservative:

1. `torch.equal`, of a large tensor of floats only where a difference is NaN;
2. max |a - e| <= atol, computed in the dtype, as `torch.isclose` does;
3. max(|a - e| - rtol' |e|) <= atol', with both tolerances reduced by more than the rounding
   errors of the formula (float32 and float64 alone);
4. `torch.isclose` itself, a piece at a time.

Of a structure, small tensors that are not equal go through the last three together.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterable
from types import NoneType

import torch
from torch import Tensor
from torch.testing._comparison import TensorLikePair, default_tolerances

from ._pieces import DEVICE_PIECE, PIECE, memory_order, pieces
from ._rules import usable

# Type and dtype of what torch compares as plain arrays, and torch.equal handles.
TENSORS = frozenset({Tensor, torch.nn.Parameter})
_HALF = frozenset({torch.float16, torch.bfloat16})
_REAL = frozenset({torch.float32, torch.float64})
_FLOATS = _HALF | _REAL
_COMPLEX = frozenset({torch.complex64, torch.complex128})
_INTEGERS = frozenset(
    {torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64}
    | {getattr(torch, name) for name in ("uint16", "uint32", "uint64")}
)
PLAIN = _HALF | _REAL | _COMPLEX | _INTEGERS
_SCALARS = frozenset({int, float, complex, bool, str, NoneType})
_TOLERANCES = {dtype: default_tolerances(dtype) for dtype in PLAIN}
# Eight units of roundoff: the formula of tier 3 loses at most five.
_MARGIN = {torch.float32: 1 - 2.0**-21, torch.float64: 1 - 2.0**-50}
_STRIDED = torch.strided
_INIT, _COMPARE = TensorLikePair.__init__, TensorLikePair.compare
_DICTS = frozenset({dict, OrderedDict})
_LISTS = frozenset({list, tuple})
_DEVICES = frozenset({"cuda", "xpu"})  # "mps": torch compares its tensors on the CPU
# Up to here an operation costs its call rather than its work: fewer of them, on more elements.
_JOINED = 2048
# By dtype and all dimensions but the first: tensors that can be joined along that one.
Joined = dict[tuple[torch.dtype, torch.Size], tuple[list[Tensor], list[Tensor]]]


def _equal_is_sound() -> bool:
    # Releases exist in which torch.equal(x, x) is true for an x that holds a NaN.
    try:
        nan = torch.tensor([math.nan], device="cpu")
        return not torch.equal(nan, nan)
    except Exception:  # under a mode that forbids it: then nobody knows
        return False


_SOUND = _equal_is_sound()


def accepts(
    actual: object,
    expected: object,
    rtol: float | None,
    atol: float | None,
    equal_nan: bool,
    allow_subclasses: bool,
    check_stride: bool,
) -> bool:
    """Whether two values, tensors or containers of them, are certainly close."""
    if replaced():
        return False
    if (rtol is not None or atol is not None) and not usable(rtol, atol):
        return False
    waiting: list[Tensor] = []
    try:
        if type(actual) is Tensor and type(expected) is Tensor:
            close = _tensors(actual, expected, rtol, atol, equal_nan, check_stride, waiting, None)
        else:
            joined: Joined = {}
            options = (rtol, atol, equal_nan, allow_subclasses, check_stride, waiting, joined)
            close = _accepts(actual, expected, *options)
            close = close and all(
                _close_together(*pairs, key[0], rtol, atol, equal_nan)
                for key, pairs in joined.items()
            )
        return close and (not waiting or _all_true(waiting))
    except Exception:  # what the fast path stumbles over, torch's own rules explain
        return False


def replaced() -> bool:
    """Whether somebody put code in the place of torch's own comparison, to have it called."""
    return TensorLikePair.compare is not _COMPARE or TensorLikePair.__init__ is not _INIT


def _accepts(
    actual: object,
    expected: object,
    rtol: float | None,
    atol: float | None,
    equal_nan: bool,
    allow_subclasses: bool,
    check_stride: bool,
    waiting: list[Tensor],
    joined: Joined,
) -> bool:
    kind = type(actual)
    if kind in TENSORS:
        other = type(expected)
        if other is not kind and (not allow_subclasses or other not in TENSORS):
            return False
        options = (rtol, atol, equal_nan, check_stride, waiting, joined)
        return _tensors(actual, expected, *options)  # type: ignore[arg-type]  # TENSORS says so
    if kind is not type(expected):
        return False
    if kind in _SCALARS:
        return bool(actual == expected)
    pairs: Iterable[tuple[object, object]]
    if kind in _DICTS:
        if actual.keys() != expected.keys():  # type: ignore[attr-defined]  # _DICTS says so
            return False
        pairs = [(one, expected[key]) for key, one in actual.items()]  # type: ignore[index, attr-defined]  # likewise
    elif kind in _LISTS:
        if len(actual) != len(expected):  # type: ignore[arg-type]  # _LISTS says so
            return False
        pairs = zip(actual, expected, strict=True)  # type: ignore[call-overload]  # likewise
    else:
        return False
    for one, its in pairs:
        if type(one) is Tensor and type(its) is Tensor:
            if not _tensors(one, its, rtol, atol, equal_nan, check_stride, waiting, joined):
                return False
        elif not _accepts(
            one, its, rtol, atol, equal_nan, allow_subclasses, check_stride, waiting, joined
        ):
            return False
    return True


def _tensors(
    actual: Tensor,
    expected: Tensor,
    rtol: float | None,
    atol: float | None,
    equal_nan: bool,
    check_stride: bool,
    waiting: list[Tensor],
    joined: Joined | None,
) -> bool:
    """Whether two tensors are certainly close, provided that what waits or is joined is so."""
    dtype = actual.dtype
    default = _TOLERANCES.get(dtype)
    if (
        default is None
        or expected.dtype is not dtype
        or actual.layout is not _STRIDED
        or expected.layout is not _STRIDED
    ):
        return False
    small = actual.is_cpu and actual.numel() <= PIECE
    # Refuses tensors of two devices with an error; sizes that differ are unequal.
    if small and _SOUND and torch.equal(actual, expected):
        return not check_stride or actual.stride() == expected.stride()
    shape = actual.shape
    if shape != expected.shape or (check_stride and actual.stride() != expected.stride()):
        return False
    if actual.requires_grad or expected.requires_grad:
        actual, expected = actual.detach(), expected.detach()
    small = small and expected.is_cpu
    if small and joined is not None and shape and actual.numel() <= _JOINED:
        pairs = joined.get((dtype, shape[1:]))
        if pairs is None:
            pairs = joined[dtype, shape[1:]] = ([], [])
        pairs[0].append(actual)
        pairs[1].append(expected)
        return True
    if rtol is None:
        rtol = default[0]
    if atol is None:
        atol = default[1]
    if small:
        return _close(actual, expected, dtype, rtol, atol, equal_nan)
    if actual.device != expected.device:
        return False
    if not actual.is_cpu:
        if actual.device.type not in _DEVICES:
            return False
        waiting.extend(_on_device(actual, expected, rtol, atol, equal_nan))
        return True
    actual, expected = memory_order(actual, expected)
    # To subtract whole pieces is twice as quick as to ask whether they are equal.
    ask = _SOUND and dtype not in _FLOATS
    return all(
        (ask and torch.equal(one, other)) or _close(one, other, dtype, rtol, atol, equal_nan)
        for _, one, other in pieces(actual, expected, PIECE)
    )


def _close_together(
    actual: list[Tensor],
    expected: list[Tensor],
    dtype: torch.dtype,
    rtol: float | None,
    atol: float | None,
    equal_nan: bool,
) -> bool:
    """Whether small tensors that differ in their first dimension alone are certainly close."""
    default = _TOLERANCES[dtype]
    rtol = default[0] if rtol is None else rtol
    atol = default[1] if atol is None else atol
    count = PIECE // _JOINED
    return all(
        _close(
            torch.cat(actual[start : start + count]),
            torch.cat(expected[start : start + count]),
            dtype,
            rtol,
            atol,
            equal_nan,
        )
        for start in range(0, len(actual), count)
    )


def _close(
    actual: Tensor,
    expected: Tensor,
    dtype: torch.dtype,
    rtol: float,
    atol: float,
    equal_nan: bool,
) -> bool:
    """Whether two unequal tensors of at most a piece are certainly close."""
    if dtype in _FLOATS:
        error = torch.sub(actual, expected).abs_()
        # No tensor here is empty: two empty ones are equal. Of many elements amax is quicker.
        worst = (error.amax() if error.numel() > _JOINED else error.max()).item()
        if worst <= atol:  # and atol is finite
            # Where subnormal numbers are flushed to 0, what differs may differ by 0.
            return atol > 0 or rtol > 0 or bool((actual == expected).all())
        size = expected
        if worst != worst:  # a NaN, or two infinities of one sign
            if _SOUND and torch.equal(actual, expected):
                return True
            if not _same_nan(actual, expected, equal_nan):
                return False
            size = expected.nan_to_num(0.0, 0.0, 0.0)
            worst = error.nan_to_num_(0.0, math.inf).max().item()
            if worst <= atol:
                return True
        # Below 1e-30 the rounding of subnormal numbers would count, or their being flushed to 0.
        if dtype in _REAL and worst < math.inf and atol >= 1e-30:
            margin = _MARGIN[dtype]
            allowed = atol * margin
            excess = error.sub_(size.abs(), alpha=rtol * margin).max().item()
            if excess <= allowed:
                return True
            if excess > atol * (2 - margin):
                return False
    elif dtype in _COMPLEX:
        # The absolute value of a complex number may differ in its last bit between the
        # vectorised and the remaining elements, that is, with the place of a piece.
        rtol, atol = rtol * (1 - 1e-5), atol * (1 - 1e-5)
    elif rtol == 0 and atol == 0:
        return not _SOUND and bool((actual == expected).all())
    return bool(torch.isclose(actual, expected, rtol=rtol, atol=atol, equal_nan=equal_nan).all())


def _same_nan(actual: Tensor, expected: Tensor, equal_nan: bool) -> bool:
    """Whether NaN stands at the same places, and is welcome there."""
    nan = actual.isnan()
    return torch.equal(nan, expected.isnan()) and (equal_nan or not bool(nan.any()))


def _on_device(
    actual: Tensor, expected: Tensor, rtol: float, atol: float, equal_nan: bool
) -> list[Tensor]:
    """Verdicts that stay on the device, to be read all at once: reading one waits for the rest."""
    return [
        torch.isclose(one, other, rtol=rtol, atol=atol, equal_nan=equal_nan).all()
        for _, one, other in pieces(actual, expected, DEVICE_PIECE)
    ]


def _all_true(verdicts: list[Tensor]) -> bool:
    by_device: dict[torch.device, list[Tensor]] = {}
    for verdict in verdicts:
        by_device.setdefault(verdict.device, []).append(verdict)
    return all(bool(torch.stack(group).all()) for group in by_device.values())
