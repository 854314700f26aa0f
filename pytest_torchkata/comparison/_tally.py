"""Adding a piece of two tensors to what is known of them."""

from __future__ import annotations

import heapq
import math

import torch
from torch import Tensor

from ._evidence import REMEMBERED, ROWS, Evidence, Odd, Part

# A sum of this many numbers, each at most that large, fits into any float that is summed as such.
_SUMMABLE = 1e30
# Up to here Python counts as quickly as torch.
_FEW = 32
# A mask takes an eighth of what places take that are as many.
_SPARSE = 8


def remember(evidence: Evidence, offset: int, bad: Tensor | None, count: int) -> None:
    """Count mismatches and keep the first; None: every element is one."""
    part = Part(offset, count if bad is None else bad)
    if evidence.mismatched < REMEMBERED:
        if bad is not None and count * _SPARSE < len(bad):
            part = Part(offset, bad.nonzero().view(-1))
        evidence.parts.append(part)
    evidence.end = part
    evidence.mismatched += count


def greatest(evidence: Evidence, offset: int, top: float, error: Tensor, size: Tensor) -> None:
    """The greatest differences.

    `error` is finite, 0 where nothing is wrong, and at most `top`; `size` is |expected|.
    """
    evidence.absolute.offer(top, error, offset)
    relative = error / size
    top = relative.amax().item()
    if top != top:  # 0 / 0, where nothing is wrong
        top = relative.nan_to_num_(0.0, math.inf).amax().item()
    evidence.relative.offer(top, relative, offset)


def greatest_odd(evidence: Evidence, offset: int, odd: Tensor, error: Tensor, size: Tensor) -> None:
    """The same where they are not finite: no number is greater than infinity, but NaN counts as."""
    for greatest, divisor in ((evidence.absolute, None), (evidence.relative, size)):
        if greatest.value != greatest.value:
            continue
        raw = error if divisor is None else error / divisor
        nan = odd & raw.isnan()
        top, places = (math.nan, nan) if bool(nan.any()) else (math.inf, odd & (raw == math.inf))
        greatest.offer(top, places.to(torch.uint8), offset)
    if len(evidence.odd_places) < ROWS:
        places = odd.nonzero().view(-1)[: ROWS - len(evidence.odd_places)]
        evidence.odd_places += (places + offset).tolist()


def spread(
    evidence: Evidence, offset: int, count: int, top: float, error: Tensor, allowed: Tensor
) -> None:
    """Sum, largest and worst of `count` errors, which are like those of `greatest`."""
    wide = torch.float64 if top > _SUMMABLE or error.dtype.itemsize < 4 else None
    evidence.finite += count
    evidence.error_sum += error.sum(dtype=wide).item()
    evidence.error_max = max(evidence.error_max, top)
    if not evidence.tolerance.exact:
        error = error / allowed
        top = error.amax().item()
        if top != top:  # 0 / 0 again, or nothing finite to compare with
            top = error.nan_to_num_(0.0, math.inf).amax().item()
    _rank(evidence, offset, error, count, top)


def _rank(evidence: Evidence, offset: int, ratio: Tensor, count: int, top: float) -> None:
    worst = evidence.worst
    least = worst[0][0] if len(worst) == ROWS else 0.0
    if top <= least:
        return
    values, indices = ratio.topk(min(ROWS, count, len(ratio)))
    for value, index in zip(values.tolist(), indices.tolist(), strict=True):
        if not value > least:
            break
        item = (value, -(offset + index))
        if len(worst) < ROWS:
            heapq.heappush(worst, item)
        else:
            heapq.heappushpop(worst, item)
            least = worst[0][0]


def count_odd(evidence: Evidence, offset: int, actual: Tensor, expected: Tensor) -> None:
    """Count the values that are not finite, bad or not."""
    if len(actual) <= _FEW and not actual.is_complex():
        pairs = zip(actual.tolist(), expected.tolist(), strict=True)
        for place, (one, its) in enumerate(pairs, offset):
            _count_number(evidence.odd_actual, one, place)
            _count_number(evidence.odd_expected, its, place)
            evidence.shared_nan += not evidence.equal_nan and one != one and its != its
        return
    here, there = actual.isnan(), expected.isnan()
    count = int(torch.count_nonzero(here))
    same = torch.equal(here, there)
    if not evidence.equal_nan:
        evidence.shared_nan += count if same else int(torch.count_nonzero(here & there))
    for counts, values, nan, known in (
        (evidence.odd_actual, actual, here, count),
        (evidence.odd_expected, expected, there, count if same else None),
    ):
        _count(counts, "NaN", nan, offset, known)
        if values.is_complex():
            _count(counts, "inf", values.isinf() & ~nan, offset)
            continue
        low, high = torch.aminmax(values.nan_to_num(0.0, math.inf, -math.inf))
        if high.item() == math.inf:
            _count(counts, "+inf", values == math.inf, offset)
        if low.item() == -math.inf:
            _count(counts, "-inf", values == -math.inf, offset)


def _count_number(counts: dict[str, Odd], value: float, place: int) -> None:
    if not math.isfinite(value):
        name = "NaN" if value != value else "+inf" if value > 0 else "-inf"
        counts.setdefault(name, Odd(first=place)).count += 1


def _count(
    counts: dict[str, Odd], name: str, where: Tensor, offset: int, count: int | None = None
) -> None:
    count = int(torch.count_nonzero(where)) if count is None else count
    if not count:
        return
    if name not in counts:
        counts[name] = Odd(first=offset + int(where.to(torch.uint8).argmax()))
    counts[name].count += count
