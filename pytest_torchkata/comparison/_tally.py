"""Adding a piece of two tensors to what is known of them."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable

import torch
from torch import Tensor

from ._evidence import REMEMBERED, Evidence, Odd, Part

# A sum of this many numbers, each at most that large, fits into any float that is summed as such.
_SUMMABLE = 1e30
# Up to here Python counts as quickly as torch.
_FEW = 32
# A mask takes an eighth of what places take that are as many.
_SPARSE = 8
# From here on the largest numbers are looked for in blocks of so many.
_LONG = 8192
_BLOCK = 64


def mask(compare: Callable[..., Tensor], one: Tensor, other: Tensor | float) -> Tensor:
    """Where a comparison of real numbers holds: 1, else 0, in the dtype of `one`."""
    return compare(one, other, out=torch.empty_like(one))


def total(where: Tensor) -> int:
    """How many elements of a piece a mask has."""
    # Of eight or eleven bits, large sums are rounded; of 24, those of no piece are.
    return int(where.sum(dtype=torch.float32 if where.dtype.itemsize < 4 else None).item())


def remember(evidence: Evidence, offset: int, bad: Tensor, count: int) -> None:
    """Count mismatches, and keep the first."""
    part = Part(offset, count if count == bad.numel() else bad)
    if evidence.mismatched < REMEMBERED:
        if isinstance(part.bad, Tensor):
            few = count * _SPARSE < bad.numel()
            part = Part(offset, bad.nonzero().view(-1) if few else bad.bool())
        evidence.parts.append(part)
    evidence.end = part
    evidence.mismatched += count


def greatest(evidence: Evidence, offset: int, top: float, error: Tensor, size: Tensor) -> None:
    """The greatest differences.

    `error` is finite, 0 where nothing is wrong, and at most `top`; `size` is |expected|.
    """
    evidence.absolute.offer(top, error, offset)
    known = evidence.relative.value
    if 0 < known < math.inf:
        # Not even the greatest error of the smallest value; and a quotient is rounded to 1%, or
        # overflows.
        least = size.amin().item()
        if least > 0 and 1.01 * top / least < known:
            return
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
        top, places = math.nan, mask(torch.ne, raw, raw).mul_(odd)
        if not places.amax().item():
            top, places = math.inf, mask(torch.eq, raw, math.inf).mul_(odd)
        greatest.offer(top, places, offset)
    room = evidence.rows - len(evidence.odd_places)
    if room > 0:
        places = odd.nonzero().view(-1)[:room]
        evidence.odd_places += (places + offset).tolist()


def spread(
    evidence: Evidence, offset: int, count: int, top: float, error: Tensor, allowed: Tensor
) -> None:
    """Sum, largest and worst of `count` errors, which are like those of `greatest`."""
    wide = torch.float64 if top > _SUMMABLE else None
    evidence.finite += count
    evidence.error_sum += error.sum(dtype=wide).item()
    evidence.error_max = max(evidence.error_max, top)
    if not evidence.tolerance.exact:
        ratio = error / allowed
        top = ratio.amax().item()
        if top != top:  # 0 / 0 again, or nothing finite to compare with
            top = ratio.nan_to_num_(0.0, math.inf).amax().item()
        if top == math.inf:
            ratio = (error.double() / allowed).nan_to_num_(0.0, math.inf)
            top = ratio.amax().item()
        error = ratio
    _rank(evidence, offset, error, count, top)


def _rank(evidence: Evidence, offset: int, ratio: Tensor, count: int, top: float) -> None:
    worst, rows = evidence.worst, evidence.rows
    least = worst[0][0] if len(worst) == rows else 0.0
    if top <= least:
        return
    found = _largest(ratio, min(rows, count), least)
    items = [(value, -(offset + index)) for value, index in found if value > least]
    if not worst:
        worst += sorted(items)  # which is a heap
        return
    for item in items:
        if len(worst) < rows:
            heapq.heappush(worst, item)
        elif item[0] > worst[0][0]:
            heapq.heapreplace(worst, item)


def _largest(values: Tensor, count: int, least: float) -> list[tuple[float, int]]:
    """The largest of some numbers that exceed `least`, descending, and their indices."""
    if values.numel() < _LONG:
        found, indices = values.topk(min(count + 1, values.numel()))
        return _first(values, list(zip(found.tolist(), indices.tolist(), strict=True)), count)
    # topk is slow: it is asked of the blocks alone that may hold one.
    whole = values.numel() // _BLOCK * _BLOCK
    blocks = values[:whole].view(-1, _BLOCK)
    tops = blocks.amax(1)
    chosen = (tops > least).nonzero().view(-1)
    if len(chosen) > count:
        chosen = tops.topk(count + 1).indices
    rest = torch.cat((blocks[chosen].view(-1), values[whole:]))
    found, indices = rest.topk(min(count + 1, len(rest)))
    starts = [block * _BLOCK for block in chosen.tolist()] + [whole]
    places = [starts[index // _BLOCK] + index % _BLOCK for index in indices.tolist()]
    return _first(values, list(zip(found.tolist(), places, strict=True)), count)


def _first(values: Tensor, found: list[tuple[float, int]], count: int) -> list[tuple[float, int]]:
    """The `count` largest; of equal ones the first, where topk takes any."""
    if len(found) <= count or found[count][0] < found[count - 1][0]:
        return found[:count]
    least = found[count][0]
    larger = [one for one in found if one[0] > least]
    equal = (values == least).nonzero().view(-1)[: count - len(larger)].tolist()
    return larger + [(least, index) for index in equal]


def count_odd(evidence: Evidence, offset: int, actual: Tensor, expected: Tensor) -> None:
    """Count the values that are not finite, bad or not."""
    if len(actual) <= _FEW and not actual.is_complex():
        pairs = zip(actual.tolist(), expected.tolist(), strict=True)
        for place, (one, its) in enumerate(pairs, offset):
            _count_number(evidence.odd_actual, one, place)
            _count_number(evidence.odd_expected, its, place)
            evidence.shared_nan += one != one and its != its
        return
    if actual.is_complex():
        here, there = actual.isnan().float(), expected.isnan().float()
    else:
        here, there = mask(torch.ne, actual, actual), mask(torch.ne, expected, expected)
    evidence.shared_nan += total(here * there)
    for counts, values, nan in (
        (evidence.odd_actual, actual, here),
        (evidence.odd_expected, expected, there),
    ):
        _count(counts, "NaN", nan, offset)
        if values.is_complex():
            _count(counts, "inf", (values.isinf() & ~values.isnan()).float(), offset)
            continue
        low, high = torch.aminmax(values.nan_to_num(0.0, math.inf, -math.inf))
        if high.item() == math.inf:
            _count(counts, "+inf", mask(torch.eq, values, math.inf), offset)
        if low.item() == -math.inf:
            _count(counts, "-inf", mask(torch.eq, values, -math.inf), offset)


def _count_number(counts: dict[str, Odd], value: float, place: int) -> None:
    if not math.isfinite(value):
        name = "NaN" if value != value else "+inf" if value > 0 else "-inf"
        counts.setdefault(name, Odd(first=place)).count += 1


def _count(counts: dict[str, Odd], name: str, where: Tensor, offset: int) -> None:
    count = total(where)
    if not count:
        return
    if name not in counts:
        counts[name] = Odd(first=offset + int(where.argmax()))
    counts[name].count += count
