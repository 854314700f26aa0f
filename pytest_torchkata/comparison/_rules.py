"""What a comparison allows: the options of `assert_close`, and the tolerances of one leaf."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.testing._comparison import NumberPair, default_tolerances

from .. import dtypes

_NUMBERS: dict[type, torch.dtype] = dict(NumberPair._TYPE_TO_DTYPE)
# Less than the largest number of any dtype in which torch computes.
_ORDINARY = 1e30
# As large as an integer may be that is still a float.
_LARGEST = 1e300
# Found once for a dtype: its default tolerances, and how the report calls them.
_DEFAULTS: dict[torch.dtype, tuple[float, float, str]] = {}


@dataclass(frozen=True)
class Rules:
    """The options of `assert_close` that decide the verdict."""

    rtol: float | None = None
    atol: float | None = None
    equal_nan: bool = False
    check_device: bool = True
    check_dtype: bool = True
    check_layout: bool = True
    check_stride: bool = False
    allow_subclasses: bool = True

    def checked(self) -> Rules:
        """Itself, unless a tolerance is unusable.

        Raises:
            ValueError: a tolerance is negative or NaN.
            TypeError: a tolerance is not a number.
        """
        for name in ("rtol", "atol"):
            value = getattr(self, name)
            if value is None:
                continue
            try:
                usable = value >= 0
            except TypeError:
                raise TypeError(f"{name} must be a number, got {value!r}") from None
            if not usable:  # NaN too: no comparison with it is true
                raise ValueError(f"{name} must be a number >= 0, got {value!r}")
        return self


@dataclass(frozen=True)
class Tolerance:
    """|actual - expected| <= atol + rtol * |expected|, and where the two numbers come from."""

    rtol: float
    atol: float
    origin: str

    @property
    def exact(self) -> bool:
        """Whether only equal values pass."""
        return self.rtol == 0 and self.atol == 0


def is_array(value: object) -> bool:
    """Whether something is an array of NumPy's, which may be missing: asked of the name."""
    return type(value).__name__ == "ndarray" and type(value).__module__ == "numpy"


def _dtype(value: object) -> torch.dtype | None:
    if isinstance(value, Tensor):
        return value.dtype
    if isinstance(value, bool):
        return torch.bool
    if (
        hasattr(value, "item") and getattr(value, "ndim", None) == 0 and not is_array(value)
    ):  # a NumPy scalar
        value = value.item()
    for kind, dtype in _NUMBERS.items():
        if type(value) is kind:
            return dtype
    try:
        return torch.as_tensor(value).dtype
    except Exception:  # whatever cannot be a tensor has no tolerance either
        return None


def tolerance(actual: object, expected: object, rules: Rules) -> Tolerance:
    """The tolerance of one pair of leaves: what was given, the dtype's default for the rest."""
    if rules.rtol is not None and rules.atol is not None:
        return Tolerance(rules.rtol, rules.atol, "given")
    if type(actual) is type(expected) is Tensor and actual.dtype is expected.dtype:
        if actual.dtype not in _DEFAULTS:
            _DEFAULTS[actual.dtype] = (
                *default_tolerances(actual),
                f"{dtypes.name(actual.dtype)} default",
            )
        default_rtol, default_atol, origin = _DEFAULTS[actual.dtype]
        if rules.rtol is None and rules.atol is None:
            return Tolerance(default_rtol, default_atol, origin)
    known = [dtype for dtype in (_dtype(actual), _dtype(expected)) if dtype is not None]
    rtol, atol = default_tolerances(*known) if known else (0.0, 0.0)
    names = " and ".join(sorted({dtypes.name(dtype) for dtype in known}))
    default = f"{names} default" if names else "exact"
    if rules.rtol is not None:
        return Tolerance(rules.rtol, atol, f"rtol given, atol {default}")
    if rules.atol is not None:
        return Tolerance(rtol, rules.atol, f"atol given, rtol {default}")
    return Tolerance(rtol, atol, default)


def usable(rtol: float | None, atol: float | None) -> bool:
    """Whether the fast path may judge under these: absent, or ordinary finite numbers."""
    # rtol = inf, or what rounds to it in the dtype, makes inf * 0 = nan in the allowed error;
    # atol = inf admits an infinite error.
    return (rtol is None or (type(rtol) in (float, int) and 0 <= rtol <= _ORDINARY)) and (
        atol is None or (type(atol) in (float, int) and 0 <= atol <= _LARGEST)
    )
