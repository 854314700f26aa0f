"""What is wrong, where the data prove it: sign, factor, offset, order, axis, dtype.

A hypothesis is formed on a few elements and must then hold for all of them. It is given only if

- it accounts for the failure: what remains unexplained is within the tolerance and small
  against the errors explained;
- the data could have refuted it: at least three different values, not all elements equal;
- no other hypothesis accounts for the data as well.
"""

from __future__ import annotations

from . import _axis, _order, _scale, _values
from ._evidence import Evidence
from ._proof import Case

_WHOLE = (
    _values.constant,
    _values.inverted,
    _scale.scaled,
    _scale.conjugated,
    _scale.offset,
    _values.cast,
    _order.reordered,
)
_PARTIAL = (
    _values.constant_where_wrong,
    _order.shifted,
    _axis.repeated,
    _axis.normalised,
)


def diagnose(evidence: Evidence) -> str | None:
    """What the data prove, in words; None if they prove nothing."""
    if evidence.total < 2 or evidence.overflowed:
        return None
    case = Case(evidence)
    found = [text for find in _WHOLE for text in find(case)]
    if len(found) == 1:
        # What explains the mismatches alone has rivals that explain no more.
        if "wherever they differ" in found[0] and _order.shifted(case):
            return None
        return found[0]
    if found:  # several account for it: the data do not tell which
        return None
    for find in _PARTIAL:
        found = find(case)
        if len(found) == 1:
            return found[0]
    return None
