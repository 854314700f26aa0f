"""How two tensors differ, element by element, in one pass and in a few megabytes.

What is bad is what `torch.isclose` refuses. Arithmetic is several times quicker than masks and
comparisons, so a piece in which all is bad, or nothing can be, is told by arithmetic alone.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ._evidence import Evidence
from ._pieces import limit, pieces
from ._rules import Tolerance, usable
from ._tally import count_odd, greatest, greatest_odd, remember, spread


def gather(
    actual: Tensor, expected: Tensor, tolerance: Tolerance, equal_nan: bool
) -> Evidence | None:
    """Compare as `torch.isclose` does; None if everything is close."""
    evidence = Evidence(actual.detach(), expected.detach(), tolerance, equal_nan)
    dtype = actual.dtype
    if not dtype.is_floating_point and not dtype.is_complex:
        look = _integers
    elif dtype.itemsize == 1 or dtype.is_complex or not usable(tolerance.rtol, tolerance.atol):
        look = _any_floats
    else:
        look = _floats
    for offset, one, other in pieces(evidence.actual, evidence.expected, limit(actual)):
        look(evidence, offset, one.reshape(-1), other.reshape(-1))
    return evidence if evidence.mismatched else None


def _floats(evidence: Evidence, offset: int, actual: Tensor, expected: Tensor) -> None:
    """Real numbers under finite tolerances."""
    rtol, atol = evidence.tolerance.rtol, evidence.tolerance.atol
    error = torch.sub(actual, expected).abs_()
    top = error.amax().item()
    if top <= atol:
        return
    size = expected.abs()
    allowed = torch.mul(size, rtol).add_(atol)  # rounded as torch.isclose does
    if not top < math.inf:
        # The rule holds of finite differences; of others, only equal ones are close.
        count_odd(evidence, offset, actual, expected)
        odd = _odd(evidence, actual, expected, error)
        bad = odd | (error.nan_to_num(0.0, 0.0) > allowed)
        _add(evidence, offset, bad, odd, error, size, allowed)
    elif (error - allowed).amin().item() > 0:
        remember(evidence, offset, None, len(error))
        greatest(evidence, offset, top, error, size)
        spread(evidence, offset, len(error), top, error, allowed)
    else:
        _add(evidence, offset, error > allowed, None, error, size, allowed)


def mismatches(evidence: Evidence, actual: Tensor, expected: Tensor) -> Tensor | None:
    """Which elements of a piece are not close; None if all are."""
    rtol, atol = evidence.tolerance.rtol, evidence.tolerance.atol
    if actual.is_floating_point() and actual.dtype.itemsize > 1 and usable(rtol, atol):
        error = torch.sub(actual, expected).abs_()
        top = error.amax().item()
        if top <= atol:
            return None
        if top < math.inf:
            return error > torch.mul(expected, rtol).abs_().add_(atol)
    return ~torch.isclose(actual, expected, rtol=rtol, atol=atol, equal_nan=evidence.equal_nan)


def _odd(evidence: Evidence, actual: Tensor, expected: Tensor, error: Tensor) -> Tensor:
    """Where the difference is not finite, and the values are not equal either.

    What is not finite in this piece has been counted before.
    """
    odd = ~(error < math.inf)
    if evidence.equal_nan:
        odd &= ~(actual.isnan() & expected.isnan())
    if evidence.odd_actual.keys() & evidence.odd_expected.keys() & {"+inf", "-inf"}:
        odd &= actual != expected  # inf - inf is NaN
    return odd


def _add(
    evidence: Evidence,
    offset: int,
    bad: Tensor,
    odd: Tensor | None,
    error: Tensor,
    size: Tensor,
    allowed: Tensor,
) -> None:
    """Add a piece, some of which is `bad`, and some of that not even finite."""
    count = int(torch.count_nonzero(bad))
    if not count:
        return
    remember(evidence, offset, bad, count)
    infinite = 0
    if odd is not None:
        infinite = int(torch.count_nonzero(odd))
        if infinite:
            greatest_odd(evidence, offset, odd, error, size)
        count -= infinite
        error = error.nan_to_num(0.0, 0.0)
        bad = bad & ~odd
    if not count:
        return
    if count + infinite < len(error):
        error.mul_(bad.to(error.dtype))  # much quicker than filling with a mask
    top = error.amax().item()
    greatest(evidence, offset, top, error, size)
    spread(evidence, offset, count, top, error, allowed)


def _any_floats(evidence: Evidence, offset: int, actual: Tensor, expected: Tensor) -> None:
    """Complex numbers, eight bits, or a tolerance that is infinite: by `torch.isclose` itself."""
    rtol, atol = evidence.tolerance.rtol, evidence.tolerance.atol
    bad = ~torch.isclose(actual, expected, rtol=rtol, atol=atol, equal_nan=evidence.equal_nan)
    if not bool(bad.any()):
        return
    if actual.dtype.itemsize == 1:  # compared bit by bit, reported as numbers
        actual, expected = actual.float(), expected.float()
    error, size = (actual - expected).abs(), expected.abs()
    odd = bad & ~(error < math.inf)
    _add(evidence, offset, bad, odd, error, size, torch.mul(size, rtol).add_(atol))
    count_odd(evidence, offset, actual, expected)


def _integers(evidence: Evidence, offset: int, actual: Tensor, expected: Tensor) -> None:
    """Integers and booleans; their differences may not fit into any integer."""
    rtol, atol = evidence.tolerance.rtol, evidence.tolerance.atol
    if rtol == 0 and atol == 0:
        if torch.equal(actual, expected):
            return
        bad = actual != expected
    else:
        bad = ~torch.isclose(actual, expected, rtol=rtol, atol=atol)
    count = int(torch.count_nonzero(bad))
    if not count:
        return
    dtype = actual.dtype
    wide = None
    if dtype is torch.uint64 or (dtype is torch.int64 and _huge(actual, expected)):
        wide = actual.double(), expected.double()
    actual, expected = actual.to(torch.int64), expected.to(torch.int64)
    error, size = (actual - expected).abs_(), expected.abs()
    if wide is not None:
        apart = (wide[0] - wide[1]).abs_()
        if bool((apart[bad] >= 2.0**62).any()):  # the difference may not fit into an int64
            evidence.overflowed = True
            error = apart
        if bool((wide[1].abs() >= 2.0**63).any()):  # nor may the expected value
            size = wide[1].abs_()
    remember(evidence, offset, bad, count)
    if count < len(bad):
        error.mul_(bad)
    top = error.amax().item()
    greatest(evidence, offset, top, error, size)
    error = error.double()
    spread(evidence, offset, count, float(top), error, size.to(error.dtype).mul(rtol).add_(atol))


def _huge(*tensors: Tensor) -> bool:
    """Whether the difference of two int64 tensors might overflow."""
    for tensor in tensors:
        low, high = torch.aminmax(tensor)
        if low.item() < -(2**61) or high.item() > 2**61:
            return True
    return False
