"""What two tensors that are not close differ in."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from ._rules import Tolerance

# Places remembered one by one: 0.5 MB of indices.
REMEMBERED = 65_536
# Up to here a tensor is looked at as a Python list.
LISTED = 256
# Whose elements torch.take takes, sooner than an index does; it knows no small or unsigned ones.
_TAKEN = frozenset({torch.float32, torch.float64, torch.int64})


def indices(places: list[int], device: torch.device) -> Tensor:
    """A tensor of some indices, at least one."""
    # torch.tensor takes four times as long: it looks at the type of each.
    return torch.frombuffer(array("q", places), dtype=torch.int64).to(device)


@dataclass
class Odd:
    """How often a value that is not finite occurs in a tensor, and where first."""

    count: int = 0
    first: int = 0


@dataclass
class Greatest:
    """The largest of some numbers as torch.max finds it: the first NaN, else the first of ties."""

    value: float = -math.inf
    index: int = 0

    def offer(self, top: float, values: Tensor, offset: int) -> None:
        """Look at more of them, whose largest is `top`, and that stand from `offset` on."""
        if top > self.value or (top != top and self.value == self.value):
            self.value = top
            self.index = offset + int(values.argmax())
        elif top == self.value and self.index >= offset:  # of a piece that is offered twice
            self.index = min(self.index, offset + int(values.argmax()))


@dataclass(frozen=True)
class Part:
    """The mismatches of a piece: its mask, their places in it, or how many where all are bad."""

    offset: int
    bad: Tensor | int

    def places(self, device: torch.device) -> Tensor:
        """Flat indices in the whole tensor."""
        if isinstance(self.bad, int):
            return torch.arange(self.offset, self.offset + self.bad, device=device)
        places = self.bad if self.bad.dtype is torch.int64 else self.bad.nonzero().view(-1)
        return places + self.offset


@dataclass
class Evidence:
    """Two tensors of one shape and dtype, and how they differ. Indices are flat, row-major."""

    actual: Tensor
    expected: Tensor
    tolerance: Tolerance
    equal_nan: bool
    rows: int  # as many of the worst elements are kept for the table
    mismatched: int = 0
    absolute: Greatest = field(default_factory=Greatest)
    relative: Greatest = field(default_factory=Greatest)
    # Finite errors of mismatched elements alone: how many, their sum and the largest.
    finite: int = 0
    error_sum: float = 0.0
    error_max: float = 0.0
    # (times the tolerance, or the error itself where nothing is allowed; -index), a heap.
    worst: list[tuple[float, int]] = field(default_factory=list)
    odd_places: list[int] = field(default_factory=list)
    odd_actual: dict[str, Odd] = field(default_factory=dict)
    odd_expected: dict[str, Odd] = field(default_factory=dict)
    shared_nan: int = 0  # in both at the same place
    parts: list[Part] = field(default_factory=list)  # the first ones with a mismatch
    end: Part | None = None  # and the last one
    overflowed: bool = False
    stored: str | None = None  # whose values these are, if not those of a tensor of this shape

    def snapshot(self) -> None:
        """Keep the values of now: the caller may change its tensors before this is read."""
        self.actual, self.expected = self.actual.clone(), self.expected.clone()

    @property
    def total(self) -> int:
        """How many elements were compared."""
        return self.actual.numel()

    @property
    def nbytes(self) -> int:
        """What a copy of both takes."""
        return self.total * (self.actual.element_size() + self.expected.element_size())

    @property
    def located(self) -> bool:
        """Whether every mismatch is remembered."""
        return len(self.places) == self.mismatched

    @cached_property
    def places(self) -> Tensor:
        """Flat indices of mismatches, ascending: all of them or the first."""
        found = [part.places(self.actual.device) for part in self.parts]
        return found[0] if len(found) == 1 else torch.cat(found)

    def last(self) -> int:
        """The flat index of the last mismatch."""
        assert self.end is not None  # what has no mismatch is no evidence
        return int(self.end.places(self.actual.device)[-1])

    @cached_property
    def ranked(self) -> list[tuple[float, int]]:
        """The worst finite errors and their flat indices, the worst first.

        An error counts as many times as it exceeds the tolerance, or for itself where nothing is
        allowed.
        """
        return [(value, -index) for value, index in sorted(self.worst, reverse=True)]

    def values(self, places: list[int]) -> tuple[list[Any], list[Any]]:
        """The elements of both at some flat indices, as Python numbers."""
        if self.total <= LISTED:
            actual, expected = self.listed
            return [actual[place] for place in places], [expected[place] for place in places]
        if not places:  # nothing is left of a difference that was flushed to 0
            return [], []
        flat = indices(places, self.actual.device)
        if self.actual.dtype in _TAKEN:
            return self.actual.take(flat).tolist(), self.expected.take(flat).tolist()
        index: list[Tensor] = []
        if self.actual.is_contiguous() and self.expected.is_contiguous():
            return self.actual.view(-1)[flat].tolist(), self.expected.view(-1)[flat].tolist()
        for size in reversed(self.actual.shape):
            index.append(flat % size)
            flat = flat // size
        where = tuple(reversed(index))
        return self.actual[where].tolist(), self.expected[where].tolist()

    @cached_property
    def listed(self) -> tuple[list[Any], list[Any]]:
        """All elements of two small tensors, which is quicker than asking for each."""
        return self.actual.reshape(-1).tolist(), self.expected.reshape(-1).tolist()
