"""Values that are one value throughout, or went through a narrower dtype."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from .. import dtypes
from ._pieces import limit, pieces
from ._proof import BITS, Case


def constant(case: Case) -> list[str]:
    """Actual holds one value alone: zeros, NaN or another."""
    evidence = case.evidence
    nan = evidence.odd_actual.get("NaN")
    theirs = evidence.odd_expected.get("NaN")
    if nan is not None and nan.count == case.total:
        if theirs is not None and theirs.count == case.total:
            return []
        return ["actual is NaN everywhere: never written, or one NaN spread to all"]
    for sign in ("+inf", "-inf"):
        infinite = evidence.odd_actual.get(sign)
        if infinite is not None and infinite.count == case.total:
            return [f"actual is {sign} everywhere"]
    sample = case.sample
    if not sample.actual or any(value != sample.actual[0] for value in sample.actual):
        return []
    value = sample.actual[0]
    first = case.actual[(0,) * len(case.shape)]
    same = all(
        bool((one == first).all())
        for _, one, _ in pieces(case.actual, case.expected, limit(case.actual))
    )
    if not same or case.total < 2:
        return []
    if case.actual.dtype is torch.bool:
        alike = evidence.mismatched == case.total  # of expected too there is one value alone
        return [] if alike or evidence.mismatched < BITS else [f"actual is {value} everywhere"]
    if value == 0:
        return ["actual is 0 everywhere"]
    return [f"actual is {value:.6g} everywhere"] if len(set(sample.expected)) >= 3 else []


def constant_where_wrong(case: Case) -> list[str]:
    """Every mismatch holds one value, and the rest is right."""
    evidence, sample = case.evidence, case.sample
    if evidence.mismatched < 3 or evidence.mismatched == case.total:
        return []
    nan = evidence.odd_actual.get("NaN")
    if (
        nan is not None
        and nan.count == evidence.mismatched
        and not evidence.finite
        and not evidence.odd_expected
    ):
        return ["actual is NaN at every mismatch and right elsewhere"]
    if (
        not evidence.located
        or case.actual.dtype is torch.bool
        or not sample.varied
        or any(value != sample.actual[0] for value in sample.actual)
    ):
        return []
    value = sample.actual[0]
    places = evidence.places
    flat_actual = _at(case, case.actual, places)
    if not bool((flat_actual == value).all()):
        return []
    clamped = _clamped(case, value, places)
    if clamped:
        return [clamped]
    if value == 0:
        return ["actual is 0 at every mismatch and right elsewhere: masked, or never written"]
    return [f"actual is {value:.6g} at every mismatch and right elsewhere"]


def clamped(case: Case) -> list[str]:
    """Every mismatch lies beyond one of two values, and is that value."""
    dtype = case.actual.dtype
    if case.evidence.mismatched < 4 or len(set(case.sample.actual)) > 2 or not case.sample.varied:
        return []
    if dtype is torch.bool or dtype.is_complex or not case.evidence.located:
        return []
    places = case.evidence.places
    actual, expected = _at(case, case.actual, places), _at(case, case.expected, places)
    low, high = (one.item() for one in torch.aminmax(actual))
    below, above = expected < low, expected > high
    if not low < high or not bool(((below & (actual == low)) | (above & (actual == high))).all()):
        return []
    if not bool(below.any()) or not bool(above.any()):
        return []
    if not case.all_actual(lambda one: (one >= low) & (one <= high)):
        return []
    return [f"actual is expected clamped to between {low:.6g} and {high:.6g}"]


def _clamped(case: Case, value: float, places: Tensor) -> str | None:
    """Whether a value stands for all that lies beyond it on one side."""
    expected = _at(case, case.expected, places)
    if expected.is_complex():
        return None
    name = "negative" if value == 0 else f"below {value:.6g}"
    if bool((expected < value).all()) and case.all_actual(lambda one: one >= value):
        return f"actual is {value:.6g} wherever expected is {name}: clamped at {value:.6g}"
    name = "positive" if value == 0 else f"above {value:.6g}"
    if bool((expected > value).all()) and case.all_actual(lambda one: one <= value):
        return f"actual is {value:.6g} wherever expected is {name}: clamped at {value:.6g}"
    return None


def _at(case: Case, tensor: Tensor, places: Tensor) -> Tensor:
    index = []
    for size in reversed(case.shape):
        index.append(places % size)
        places = places // size
    return tensor[tuple(reversed(index))]


def inverted(case: Case) -> list[str]:
    """Booleans, each the wrong way round."""
    if case.actual.dtype is not torch.bool or case.evidence.mismatched < case.total:
        return []
    if case.total < BITS or len(set(case.sample.expected)) < 2:
        return []
    return ["actual is the logical not of expected"]


# In which large integers are rounded.
_INEXACT = (torch.float32, torch.float16, torch.bfloat16)
_NARROW = {
    torch.float64: (torch.float32, torch.float16, torch.bfloat16),
    torch.float32: (torch.float16, torch.bfloat16),
    torch.complex128: (torch.complex64,),
    torch.int64: (torch.int32, torch.int16, torch.uint8, torch.int8, *_INEXACT),
    torch.int32: (torch.int16, torch.uint8, torch.int8, *_INEXACT),
    torch.int16: (torch.uint8, torch.int8),
}


def cast(case: Case) -> list[str]:
    """One of the two went through a narrower dtype."""
    dtype = case.actual.dtype
    sample = case.sample
    if not sample.varied or case.actual.device.type != "cpu":
        return []
    pairs = list(zip(sample.actual, sample.expected, strict=True))
    narrow = list(_NARROW.get(dtype, ()))
    whole = False
    inexact = dtype.is_floating_point or dtype.is_complex
    if not all(abs(a - e) <= 2.0**-7 * abs(e) + 1e-7 for a, e in pairs):
        narrow = [] if inexact else [one for one in narrow if one not in _INEXACT]
    if inexact and not dtype.is_complex:
        whole = all(abs(a - e) < 1 and a == math.trunc(a) for a, e in pairs)
    elif not inexact and any((a - e) % 256 for a, e in pairs):
        narrow = [one for one in narrow if one in _INEXACT]
    if not narrow and not whole:
        return []
    found = []
    actual = torch.tensor(sample.actual, dtype=dtype)
    expected = torch.tensor(sample.expected, dtype=dtype)
    if whole:
        for name, fn in (
            ("truncated to integers", torch.trunc),
            ("rounded to integers", torch.round),
            ("rounded down to integers", torch.floor),
        ):
            if torch.equal(fn(expected), actual) and _exactly(case, fn):
                found.append(f"actual is expected {name}")
                break
    for other in narrow:
        name = dtypes.name(other)

        def through(x: Tensor, other: torch.dtype = other) -> Tensor:
            return x.to(other).to(dtype)

        if torch.equal(through(expected), actual) and _exactly(case, through):
            return [f"actual is expected cast to {name} and back"]
        if torch.equal(through(actual), expected) and _exactly(case, through, swapped=True):
            return [f"expected is actual cast to {name} and back"]
    return found


def _exactly(case: Case, fn: Callable[[Tensor], Tensor], swapped: bool = False) -> bool:
    for _, one, other in pieces(case.actual, case.expected, limit(case.actual)):
        source, result = (one, other) if swapped else (other, one)
        if not torch.equal(fn(source), result):
            return False
    return True
