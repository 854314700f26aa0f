"""What is wrong, where the data prove it: sign, factor, offset, order, axis, dtype.

A hypothesis is formed on a few elements and must then hold for all of them. It is given only if

- it accounts for the failure: what remains unexplained is within the tolerance and small
  against the errors explained;
- the data could have refuted it: at least three different values, not all elements equal;
- no other hypothesis accounts for the data as well.
"""

from __future__ import annotations

import dataclasses

import torch

from . import _axis, _order, _scale, _values
from ._evidence import REMEMBERED, Evidence
from ._proof import Case

_PARTLY = "wherever they differ"
_WHOLE = (
    _values.inverted,
    _scale.scaled,
    _scale.conjugated,
    _scale.offset,
    _values.cast,
    _order.reordered,
)
_PARTIAL = (
    _values.constant_where_wrong,
    _values.clamped,
    _order.shifted,
    _axis.repeated,
    _axis.normalised,
)


# torch compares these, but hardly computes with them.
_WIDER = {
    getattr(torch, name): wider
    for name, wider in {
        "float8_e4m3fn": torch.float32,
        "float8_e4m3fnuz": torch.float32,
        "float8_e5m2": torch.float32,
        "float8_e5m2fnuz": torch.float32,
        "float8_e8m0fnu": torch.float32,
        "complex32": torch.complex64,
        "uint16": torch.int64,
        "uint32": torch.int64,
        "uint64": torch.int64,
    }.items()
    if hasattr(torch, name)
}


def _computable(evidence: Evidence) -> Evidence | None:
    """The same in a dtype that torch computes with; None where it is too large for a copy."""
    wider = _WIDER.get(evidence.actual.dtype)
    if wider is None:
        return evidence
    if evidence.total > REMEMBERED:
        return None
    actual, expected = evidence.actual.to(wider), evidence.expected.to(wider)
    if evidence.actual.dtype is torch.uint64 and bool(((actual < 0) | (expected < 0)).any()):
        return None  # from 2**63 on
    return dataclasses.replace(evidence, actual=actual, expected=expected)


def diagnose(evidence: Evidence) -> str | None:
    """What the data prove, in words; None if they prove nothing."""
    if evidence.total < 2 or evidence.overflowed:
        return None
    computable = _computable(evidence)
    if computable is None:
        return None
    case = Case(computable)
    constant = _values.constant(case)
    if constant:  # whatever else makes one value of all
        return constant[0]
    found = [text for find in _WHOLE for text in find(case)]
    # What explains everything tells more than what explains the mismatches alone.
    found = [text for text in found if _PARTLY not in text] or found
    if len(found) == 1:
        # What explains the mismatches alone has rivals that explain no more.
        if _PARTLY in found[0] and _order.shifted(case, chance=1):
            return None
        return found[0]
    if found:  # several account for it: the data do not tell which
        return None
    for find in _PARTIAL:
        found = find(case)
        if len(found) == 1:
            return found[0]
    return None
