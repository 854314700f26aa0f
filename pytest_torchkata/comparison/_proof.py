"""When a hypothesis about two tensors counts as proved."""

from __future__ import annotations

import bisect
import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from ._evidence import LISTED, REMEMBERED, Evidence, indices
from ._pieces import limit, pieces
from ._summary import item, unravel

# Different values that a hypothesis must have been tried on: two points prove no line.
VALUES = 3
# Of elements that are one of two values, so many must agree: each could refute it by half.
BITS = 8
# What may remain unexplained, against the mean error explained.
_REMAINDER = 0.05
_SAMPLE = 24
# The same for a hypothesis that is one of many.
_MANY_BITS = 64
_TRIED = 3  # elements on which a hypothesis is tried before it is looked at in full
# Up to here a tensor is looked through for one value.
_LOOKED_THROUGH = 1 << 14

# Parts of actual and of what they should equal, of at most a piece.
Pairs = Iterable[tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Sample:
    """Some mismatched elements whose values are finite, as Python numbers."""

    places: list[int]
    actual: list[float]
    expected: list[float]

    @cached_property
    def varied(self) -> bool:
        """Whether they could refute a hypothesis about values."""
        return len(set(self.expected)) >= VALUES


class Case:
    """Two tensors that differ, and what it takes to explain how."""

    def __init__(self, evidence: Evidence) -> None:
        """Take a sample of what differs."""
        self.evidence = evidence
        self.actual, self.expected = evidence.actual, evidence.expected
        self.shape = tuple(evidence.actual.shape)
        self.total = evidence.total
        self.rtol, self.atol = evidence.tolerance.rtol, evidence.tolerance.atol
        dtype = self.actual.dtype
        self.eps = torch.finfo(dtype).eps if dtype.is_floating_point or dtype.is_complex else 1e-12
        self.sample = self._draw()
        self.distances: dict[int, list[int]] = {}  # by dimension, once somebody has looked
        self.remainder = _REMAINDER * evidence.error_sum / max(evidence.finite, 1)

    def _draw(self) -> Sample:
        evidence = self.evidence
        last = min(evidence.mismatched, REMEMBERED) - 1
        if last < _SAMPLE:
            chosen = list(range(last + 1))
        else:
            chosen = [number * last // (_SAMPLE - 1) for number in range(_SAMPLE)]
        listed = chosen
        if evidence.mismatched < self.total:
            places = evidence.places
            listed = places[indices(chosen, places.device)].tolist()
        actual, expected = evidence.values(listed)
        if not evidence.odd_places:
            return Sample(listed, actual, expected)
        drawn = zip(listed, actual, expected, strict=True)
        kept = [one for one in drawn if _finite(one[1]) and _finite(one[2])]
        return Sample([p for p, _, _ in kept], [a for _, a, _ in kept], [e for _, _, e in kept])

    def at(self, tensor: Tensor, place: int) -> float:
        """An element of `actual` or `expected` by its flat index."""
        if self.total > LISTED:
            return item(tensor, place)  # type: ignore[no-any-return]  # a number of its kind
        actual, expected = self.evidence.listed
        return actual[place] if tensor is self.actual else expected[place]  # type: ignore[no-any-return]  # likewise

    def near(self, actual: float, other: float, error: float, scale: float = 1) -> bool:
        """Whether `other` explains an element that is off by `error`.

        `scale`: how many times the tolerance may be exceeded, where noise is scaled likewise.
        """
        left = abs(actual - other)
        size = abs(other)
        allowed = max(scale * self.atol + self.rtol * size, 4 * self.eps * size)
        return left <= allowed and left <= _REMAINDER * error

    @cached_property
    def settled(self) -> bool:
        """Whether actual is one value as far as the tolerance goes: no relation is seen then."""
        values = self.sample.actual
        if not values:
            return True
        middle = sum(values) / len(values)
        pairs = zip(values, self.sample.expected, strict=True)
        return all(self.near(value, middle, abs(value - other)) for value, other in pairs)

    def chance(self, kept: int, size: int) -> float:
        """That so many of `size` slices of expected are met by chance, as its values recur."""
        values = Counter(self.evidence.listed[1])
        often = sum((count / self.total) ** 2 for count in values.values())
        return float(often ** (kept * self.total // size))

    def close(self, actual: Tensor, other: Tensor, scale: float = 1) -> Tensor:
        """Which elements `other` explains."""
        actual, other = _wide(actual), _wide(other)
        rtol, atol = max(self.rtol, 4 * self.eps), scale * self.atol
        good = torch.isclose(actual, other, rtol=rtol, atol=atol, equal_nan=True)
        if self.remainder > 0:
            left = _distance(actual, other)
            good &= (left <= self.remainder) | ~left.isfinite()
        return good

    def fits(self, actual: Tensor, other: Tensor, scale: float = 1) -> bool:
        """Whether `other` explains every element: what `close` says, told by arithmetic."""
        if not actual.numel():
            return True
        wide, other = _wide(actual), _wide(other)
        left = _distance(wide, other)
        top = left.amax().item()
        if top != top and not left.is_complex() and not wide.is_complex():
            if not torch.equal(wide.isnan(), other.isnan()):
                return False
            # What is NaN now are two NaN, or two infinities of one sign.
            top = left.nan_to_num_(0.0, math.inf).amax().item()
        atol = scale * self.atol
        if top <= min(atol, self.remainder or atol):
            return True
        if top > (self.remainder or math.inf) and top < math.inf:
            return False
        return bool(self.close(actual, other, scale).all())

    def explained(self, fn: Callable[[Tensor], Tensor], scale: float = 1) -> bool | None:
        """Whether actual = fn(expected) everywhere; None: only where the two differ."""
        everywhere = True
        for _, one, other in pieces(self.actual, self.expected, limit(self.actual)):
            proposed = fn(other)
            if self.fits(one, proposed, scale):
                continue
            everywhere = False
            if not self._fits_where_wrong(one, proposed, other, scale):
                return False
        return True if everywhere else None

    def _fits_where_wrong(
        self, actual: Tensor, proposed: Tensor, expected: Tensor, scale: float
    ) -> bool:
        wide, other = _wide(actual), _wide(proposed)
        if wide.is_floating_point() and other.is_floating_point() and math.isfinite(self.rtol):
            # Either of two excesses must be negative: quicker than masks, and NaN is neither.
            rtol = max(self.rtol, 4 * self.eps)
            allowed = torch.mul(other, rtol).abs_().add_(scale * self.atol)
            if self.remainder > 0:
                allowed.clamp_(max=self.remainder)
            left = (wide - other).abs_().sub_(allowed)
            error = (wide - _wide(expected)).abs_()
            error -= torch.mul(expected, self.rtol).abs_().add_(self.atol)
            top = torch.minimum(left, error).amax().item()
            if top == top:
                return bool(top <= 0)
        good = self.close(actual, proposed, scale) | torch.isclose(
            actual, expected, rtol=self.rtol, atol=self.atol, equal_nan=self.evidence.equal_nan
        )
        return bool(good.all())

    @cached_property
    def telling(self) -> list[int]:
        """Mismatched places whose actual values differ, if expected has any of those elsewhere."""
        if self.actual.dtype is torch.bool:  # of two values, each is nearly everywhere
            return self.sample.places if self.evidence.mismatched >= _MANY_BITS else []
        places: dict[float, int] = {}
        for place, value in zip(self.sample.places, self.sample.actual, strict=True):
            places.setdefault(value, place)
            if len(places) == _TRIED:
                break
        return list(places.values()) if self._recurs(list(places)) else []

    def _recurs(self, values: list[float]) -> bool:
        """Whether an expected value is near one of these; of many elements, it may be."""
        rtol = max(self.rtol, 4 * self.eps)
        allowed = [1.001 * (self.atol + rtol * abs(value)) for value in values]
        if self.total <= LISTED and not self.actual.is_complex():
            ordered = sorted(one for one in self.evidence.listed[1] if one == one)
            return any(
                bisect.bisect_left(ordered, value - error)
                < bisect.bisect_right(ordered, value + error)
                for value, error in zip(values, allowed, strict=True)
            )
        if self.total > _LOOKED_THROUGH or not values:
            return True
        wide = _wide(self.expected)
        wanted = torch.tensor(values, dtype=wide.dtype, device=wide.device)
        apart = _distance(wide.reshape(-1), wanted.unsqueeze(1)).amin(1).tolist()
        return any(not one > error for one, error in zip(apart, allowed, strict=True))  # or NaN

    def all_actual(self, holds: Callable[[Tensor], Tensor]) -> bool:
        """Whether something is true of every element of actual."""
        return all(
            bool(holds(one).all())
            for _, one, _ in pieces(self.actual, self.expected, limit(self.actual))
        )

    def coordinates(self, place: int) -> tuple[int, ...]:
        """The index in each dimension of a flat index."""
        return unravel(place, self.shape)

    def flat(self, coordinates: Sequence[int]) -> int:
        """The flat index of an index in each dimension."""
        place = 0
        for position, size in zip(coordinates, self.shape, strict=True):
            place = place * size + position
        return place

    def moved(self, pairs: Pairs) -> bool:
        """Whether each of some parts of actual equals a part of expected, and tells something."""
        values: set[float] = set()
        for actual, other in pairs:
            if not self.fits(actual, other):
                return False
            if len(values) < VALUES:
                values.update(actual.reshape(-1)[:LISTED].tolist())
        return len(values) >= VALUES or self.evidence.mismatched >= _MANY_BITS


def _distance(one: Tensor, other: Tensor) -> Tensor:
    left = torch.sub(one, other)
    return left.abs() if left.is_complex() else left.abs_()


def _wide(tensor: Tensor) -> Tensor:
    return tensor if tensor.is_floating_point() or tensor.is_complex() else tensor.double()


def _finite(value: float | complex) -> bool:
    if isinstance(value, complex):
        return math.isfinite(value.real) and math.isfinite(value.imag)
    return math.isfinite(value)
