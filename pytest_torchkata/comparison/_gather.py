"""How two tensors differ, element by element, in one pass and in a few megabytes.

What is bad is what `torch.isclose` refuses. Masks are numbers here, 1 where something is true: to
make a tensor of booleans takes ATen four times as long, and to use it too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ._detail import detail
from ._evidence import Evidence
from ._pieces import limit, pieces
from ._rules import Tolerance, usable
from ._tally import count_odd, greatest, greatest_odd, mask, remember, spread, total


def gather(
    actual: Tensor, expected: Tensor, tolerance: Tolerance, equal_nan: bool
) -> Evidence | None:
    """Compare as `torch.isclose` does; None if everything is close."""
    evidence = Evidence(actual.detach(), expected.detach(), tolerance, equal_nan, detail().rows)
    dtype = actual.dtype
    if not dtype.is_floating_point and not dtype.is_complex:
        look = _integers
    elif dtype.itemsize == 1 or dtype.is_complex or not usable(tolerance.rtol, tolerance.atol):
        look = _any_floats
    else:
        look = _floats
    for offset, one, other in pieces(evidence.actual, evidence.expected, limit(actual)):
        if one.ndim != 1:
            one, other = one.reshape(-1), other.reshape(-1)
        look(evidence, offset, one, other)
    return evidence if evidence.mismatched else None


@dataclass(slots=True)
class _Piece:
    """Some elements of both tensors, flat, from `offset` on; error = |actual - expected|."""

    offset: int
    actual: Tensor
    expected: Tensor
    error: Tensor
    size: Tensor  # |expected|
    allowed: Tensor


def _floats(evidence: Evidence, offset: int, actual: Tensor, expected: Tensor) -> None:
    """Real numbers under finite tolerances."""
    rtol, atol = float(evidence.tolerance.rtol), float(evidence.tolerance.atol)
    exact = evidence.tolerance.exact
    error = torch.sub(actual, expected).abs_()
    top = error.amax().item()
    # Where subnormal numbers are flushed to 0, what differs may differ by 0.
    if top <= atol and not (exact and not torch.equal(actual, expected)):
        return
    size = expected.abs()
    allowed = torch.mul(size, rtol).add_(atol)  # rounded as torch.isclose does
    if top < math.inf:
        bad = mask(torch.ne, actual, expected) if exact else mask(torch.gt, error, allowed)
        _add(evidence, _Piece(offset, actual, expected, error, size, allowed), bad, None, top)
        return
    # The rule holds of finite differences; of others, only equal ones are close.
    count_odd(evidence, offset, actual, expected)
    odd = _odd(evidence, actual, expected, error)
    if exact:
        bad = mask(torch.ne, actual, expected).mul_(mask(torch.lt, error, math.inf)).add_(odd)
    else:
        bad = mask(torch.gt, error.nan_to_num(0.0, 0.0), allowed).add_(odd)
    _add(evidence, _Piece(offset, actual, expected, error, size, allowed), bad, odd)


def mismatches(evidence: Evidence, actual: Tensor, expected: Tensor) -> Tensor | None:
    """A mask of the elements of a piece that are not close; None if all are close."""
    rtol, atol = evidence.tolerance.rtol, evidence.tolerance.atol
    exact = evidence.tolerance.exact
    if (
        actual.is_floating_point()
        and actual.dtype.itemsize > 1
        and usable(rtol, atol)
        and not exact
    ):
        error = torch.sub(actual, expected).abs_()
        top = error.amax().item()
        if top <= atol:
            return None
        if top < math.inf:
            return error.gt_(torch.mul(expected, float(rtol)).abs_().add_(float(atol)))
    return ~torch.isclose(actual, expected, rtol=rtol, atol=atol, equal_nan=evidence.equal_nan)


def _odd(evidence: Evidence, actual: Tensor, expected: Tensor, error: Tensor) -> Tensor:
    """Where the difference is not finite, and the values are not equal either.

    What is not finite in this piece has been counted before.
    """
    odd = mask(torch.lt, error, math.inf).eq_(0)  # NaN is not less either
    if evidence.equal_nan:
        odd.sub_(mask(torch.ne, actual, actual).mul_(mask(torch.ne, expected, expected)))
    if evidence.odd_actual.keys() & evidence.odd_expected.keys() & {"+inf", "-inf"}:
        odd.mul_(mask(torch.ne, actual, expected))  # inf - inf is NaN
    return odd


def _add(
    evidence: Evidence, piece: _Piece, bad: Tensor, odd: Tensor | None, top: float | None = None
) -> None:
    """Add a piece, some of which is `bad`, and some of that `odd`: not even finite.

    `top` is the greatest error, where that is known and finite.
    """
    offset, error = piece.offset, piece.error
    count = total(bad)
    if not count:
        return
    remember(evidence, offset, bad, count)
    infinite = 0
    if odd is not None:
        infinite = total(odd)
        if infinite:
            greatest_odd(evidence, offset, odd, error, piece.size)
        count -= infinite
        error = error.nan_to_num(0.0, 0.0)
    if not count:
        return
    if count + infinite < error.numel():
        error.mul_(bad)
        top = None
    if top is None:
        top = error.amax().item()
    greatest(evidence, offset, top, error, piece.size)
    allowed = piece.allowed
    if error.dtype.itemsize < 4:
        error, allowed = _exactly(evidence, piece, error)
        top = error.amax().item()
    spread(evidence, offset, count, top, error, allowed)


def _exactly(evidence: Evidence, piece: _Piece, error: Tensor) -> tuple[Tensor, Tensor]:
    """Errors, where there are any, and what is allowed: not rounded to half precision."""
    wide = torch.complex64 if piece.actual.is_complex() else torch.float32
    actual, expected = piece.actual.to(wide), piece.expected.to(wide)
    exact = (actual - expected).abs().nan_to_num_(0.0, 0.0)
    allowed = expected.abs().mul_(evidence.tolerance.rtol).add_(evidence.tolerance.atol)
    return exact.mul_(error.gt(0)), allowed


def _any_floats(evidence: Evidence, offset: int, actual: Tensor, expected: Tensor) -> None:
    """Complex numbers, eight bits, or a tolerance that is infinite: by `torch.isclose` itself."""
    rtol, atol = evidence.tolerance.rtol, evidence.tolerance.atol
    close = torch.isclose(actual, expected, rtol=rtol, atol=atol, equal_nan=evidence.equal_nan)
    if bool(close.all()):
        return
    if actual.dtype.itemsize == 1:  # compared bit by bit, reported as numbers
        actual, expected = actual.float(), expected.float()
    error, size = (actual - expected).abs(), expected.abs()
    bad = close.to(error.dtype).eq_(0)
    odd = mask(torch.lt, error, math.inf).eq_(0).mul_(bad)
    allowed = torch.mul(size, rtol).add_(atol)
    _add(evidence, _Piece(offset, actual, expected, error, size, allowed), bad, odd)
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
    if count < bad.numel():
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
