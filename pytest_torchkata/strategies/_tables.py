"""The values that elements are drawn from: 256 a dtype, from the simplest to the strangest.

One byte picks one value, and Hypothesis lowers bytes as it shrinks: it subtracts one or two, and
clears the highest bits. So places 0 to 63 hold whole numbers, 64 to 127 fractions, 128 to 255 what
is strange but often breaks code; odd places are positive, even ones negative, and farther ones
larger. Whatever made a test fail (large, negative, not whole) mostly still holds two places lower,
or 64 lower. What is strange (NaN, infinities, -0.0, subnormal numbers, the largest) takes several
places each, so that a few dozen examples meet every one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from itertools import cycle, islice

import torch

SIZE = 256
_HALF = SIZE // 2
_QUARTER = SIZE // 4

_WHOLE = (
    *range(1, 13),
    *(15, 16, 20, 25, 31, 32, 50, 64, 100, 127, 128, 200, 255, 256, 1000, 10**4, 65504, 10**6),
    *(16777216, 2**31),
)
# 16777217 is the first whole number that float32 has not: there float32 and float64 part.
_FRACTIONS = (
    *(0.5, 0.25, 0.75, 0.1, 0.2, 0.3, 0.7, 0.9, 1 / 3, 2 / 3, 1.1, 1.25, math.sqrt(2), 1.5, 2.5),
    *(math.e, math.pi, 3.5, 4.5, 7.5, 10.5, 33.3, 99.9, 1000.1, 12345.678, 65536.5, 1000000.5),
    *(16777217.0, 2.0**31 + 1, 1e10, 1e12, 1e15),
)
_INTEGER = {
    torch.bool,
    torch.uint8,
    torch.int8,
    torch.int16,
    torch.int32,
    torch.int64,
    *(getattr(torch, name) for name in ("uint16", "uint32", "uint64") if hasattr(torch, name)),
}


@dataclass(frozen=True)
class Limits:
    """Which values are allowed.

    Attributes:
        min_value, max_value: inclusive bounds of real values, None for none.
        allow_nan, allow_infinity, allow_subnormal: whether the special values may come up.
    """

    min_value: float | None = None
    max_value: float | None = None
    allow_nan: bool = True
    allow_infinity: bool = True
    allow_subnormal: bool = True

    def allows(self, value: float) -> bool:
        """Whether a value lies within the bounds; NaN is only allowed or not."""
        if math.isnan(value):
            return self.allow_nan
        if math.isinf(value) and not self.allow_infinity:
            return False
        return (self.min_value is None or value >= self.min_value) and (
            self.max_value is None or value <= self.max_value
        )


DEFAULT_LIMITS = Limits()


@cache
def table(dtype: torch.dtype, limits: Limits) -> torch.Tensor:
    """(256,) values of `dtype`, simplest first; empty if the limits allow none."""
    if dtype in _INTEGER:
        return torch.tensor(_arranged_integers(dtype, limits), dtype=dtype)
    if dtype.is_complex:
        return _complex(dtype, limits)
    return _floating(dtype, limits)


def bits(values: torch.Tensor) -> torch.Tensor:
    """The same memory as a dtype that every operation on memory knows: float8 has few."""
    width = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
    # complex32 warns whenever a tensor of it is made; one as wide as complex128 has no integer.
    wide = values.dtype in (torch.bool, torch.complex64, torch.complex128)
    return values if wide else values.view(width[values.element_size()])


def _asked(dtype: torch.dtype) -> list[float]:
    """What a floating point table holds if everything is allowed and the dtype has it."""
    info = torch.finfo(dtype)
    tiny, step, most = float(info.tiny), float(info.eps), float(info.max)
    half, least = tiny / 2, tiny * step
    whole = [sign * float(value) for value in _WHOLE for sign in (1, -1)][: _QUARTER - 1]
    fractions = [sign * value for value in _FRACTIONS for sign in (-1, 1)][:_QUARTER]
    # Negative and positive, twice over, each time from the smallest to the largest.
    small = [(-0.0, least), (-least, least), (-0.0, half), (-half, half), (-0.0, tiny)]
    small += [(-tiny, tiny), (-least, half), (-half, tiny), (-tiny, least)]
    large = [(-most, most)] * 5 + [(-math.inf, math.inf)] * 5 + [(math.nan, math.nan)] * 3
    first = (1e-12, 1e-6, 1e-3, 0.01, 1 - step / 2, 1 + 2.0**-30, 17.3, 256.5, 32768.9, 1e8)
    second = (1e-9, 1e-4, 0.005, 0.123, 1 + step, 1 + 2 * step, 5.67, 1234.5, 9e4, 1e20)
    strange = [
        value
        for middle in (first, second)
        for pair in (*small, *((-size, size) for size in middle), *large)
        for value in pair
    ]
    return [0.0, *whole, *fractions, *strange]


def _floating(dtype: torch.dtype, limits: Limits) -> torch.Tensor:
    asked = _asked(dtype) + _between(limits)
    held = torch.tensor(asked, dtype=torch.float64).to(dtype)
    tiny = float(torch.finfo(dtype).tiny)

    def fits(want: float, got: float) -> bool:
        if math.isnan(want) or math.isnan(got):
            return math.isnan(want) and math.isnan(got) and limits.allow_nan
        if math.isinf(want) != math.isinf(got) or not limits.allows(got):
            return False
        if 0 < abs(got) < tiny and not limits.allow_subnormal:
            return False
        if got == 0:  # neither an underflow, nor the -0.0 that some float8 have not
            return want == 0 and math.copysign(1, want) == math.copysign(1, got)
        return True

    good = [fits(*pair) for pair in zip(asked, held.to(torch.float64).tolist(), strict=True)]
    if good[0] and limits.min_value is None and limits.max_value is None:
        places = [_lower(place, good) for place in range(SIZE)]
    else:
        chosen = [place for place, fine in enumerate(good) if fine]
        # Bounds, and values spread between them, follow the simple values that lie there.
        chosen.sort(key=lambda place: (_HALF <= place < SIZE, place))
        places = list(islice(cycle(_spaced(chosen)), SIZE)) if chosen else []
    return bits(held)[places].view(dtype)


def _lower(place: int, good: list[bool]) -> int:
    """The place itself, or the one below it that holds something alike."""
    while not good[place]:
        # Clear the highest bit; the parity, which is the sign, stays if anything is left of it.
        place = place & ((1 << (place.bit_length() - 1)) - 1)
    return place


def _spaced(places: list[int]) -> list[int]:
    """The places without doubles, cut so that those above 128 keep a share of the table."""
    plain = [place for place in places if not _HALF <= place < SIZE]
    strange = [place for place in places if _HALF <= place < SIZE]
    return plain[: SIZE - min(len(strange), _HALF)] + strange


def _between(limits: Limits) -> list[float]:
    low, high = limits.min_value, limits.max_value
    if low is not None and high is not None:
        spread = [low + (high - low) * (n * 0.6180339887498949 % 1) for n in range(1, 60)]
        return [low, high, (low + high) / 2, *spread]
    steps = (0.0, 0.5, 1.0, 2.0, 3.0, 10.0, 0.1, 100.0, 1000.0)
    if low is not None:
        return [low + step for step in steps]
    return [high - step for step in steps] if high is not None else []


def _arranged_integers(dtype: torch.dtype, limits: Limits) -> list[int]:
    if dtype == torch.bool:
        least, most = 0, 1
    else:
        least, most = torch.iinfo(dtype).min, torch.iinfo(dtype).max
    low = least if limits.min_value is None else max(least, math.ceil(limits.min_value))
    high = most if limits.max_value is None else min(most, math.floor(limits.max_value))
    if low > high:
        return []
    start = min(max(0, low), high)  # the value nearest to zero
    powers = [2**n + off for n in range(5, 64) for off in (-1, 0, 1)]
    steps = [*range(1, 41), 100, 1000, 10**6, *powers]
    plain = [start, *(start + sign * step for step in steps for sign in (1, -1))]
    plain = [value for value in dict.fromkeys(plain) if low <= value <= high]
    ends = dict.fromkeys((high, low, high - 1, low + 1))
    extreme = [value for value in ends if low <= value <= high]
    if len(plain) <= 8:  # bool, or narrow bounds: every value alike
        return list(islice(cycle(plain), SIZE))
    room = SIZE - 16 * len(extreme)
    return [*islice(cycle(plain), room), *islice(cycle(extreme), SIZE - room)]


def _complex(dtype: torch.dtype, limits: Limits) -> torch.Tensor:
    real = {
        torch.complex32: torch.float16,
        torch.complex64: torch.float32,
        torch.complex128: torch.float64,
    }[dtype]
    parts = _floating(real, limits)
    if not len(parts):
        return torch.zeros(0, dtype=dtype)
    # Diagonal by diagonal: 0, 1, 1j, -1, 1+1j, -1j, …: both parts grow together.
    pairs = [(total - n, n) for total in range(16) for n in range(total + 1)][:_HALF]
    # Then everything strange on one side, on the other, on both.
    for n in range(_HALF):
        strange = _HALF + n
        pairs.append(((strange, n % 2), (n % 2, strange), (strange, SIZE - 1 - n))[n % 3])
    first, second = zip(*pairs, strict=True)
    return torch.view_as_complex(torch.stack([parts[list(first)], parts[list(second)]], dim=-1))
