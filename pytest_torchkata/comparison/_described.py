"""One failure in full: what differs, why, where, by how much, and the worst elements."""

from __future__ import annotations

import math

from .. import dtypes
from ._diagnosis import diagnose
from ._evidence import Evidence, Odd
from ._hints import hints
from ._judge import Finding
from ._rules import Tolerance
from ._summary import unravel
from ._where import where
from ._words import both, difference, fact, number, table, times


def described(finding: Finding, rows: int, titled: bool = False) -> list[str]:
    """The lines that follow torch's; few or none of what has no elements.

    Args:
        finding: what failed.
        rows: of the table, at most.
        titled: whether a line stands above that names it, and says of numbers all that there is.
    """
    evidence = finding.evidence
    if finding.numbers is not None:
        return [] if titled else _numbers(finding, *finding.numbers)
    if evidence is None:
        if finding.leaf is None:
            return []
        found = hints(finding.leaf, finding.tolerance)
        return [line for text in found for line in fact("diagnosis", text)]
    shape = tuple(evidence.actual.shape)
    lines: list[str] = []
    if not titled:
        lines.append(f"What differs ({dtypes.name(evidence.actual.dtype)}, shape {shape}):")
    if evidence.stored is not None:
        lines += fact("values", evidence.stored)
    diagnosis = diagnose(evidence)
    if diagnosis:
        lines += fact("diagnosis", diagnosis)
    lines += fact("where", where(evidence))
    lines += _errors(evidence)
    lines += _odd(evidence, shape)
    lines += fact("allowed", _allowed(evidence.tolerance))
    return [*lines, "", *_table(evidence, shape, rows)]


def _numbers(finding: Finding, actual: complex, expected: complex) -> list[str]:
    tolerance, off = finding.tolerance, finding.off()
    if actual != actual and expected != expected:
        return fact("not finite", "NaN in both: equal_nan=True accepts that")
    if tolerance is None or tolerance.exact or not off < math.inf:
        return []
    return [
        *fact("error", f"{times(off)} × what is allowed"),
        *fact("allowed", _allowed(tolerance)),
    ]


def _allowed(tolerance: Tolerance) -> str:
    if tolerance.exact:
        return f"nothing: the values must be equal ({tolerance.origin})"
    parts = []
    if tolerance.atol:
        parts.append(f"{tolerance.atol:g}")
    if tolerance.rtol:
        parts.append(f"{tolerance.rtol:g} × |expected|")
    return f"|difference| <= {' + '.join(parts)}  ({tolerance.origin})"


def _errors(evidence: Evidence) -> list[str]:
    if not evidence.finite or str(evidence.actual.dtype) == "torch.bool":
        return []
    largest, mean = evidence.error_max, evidence.error_sum / evidence.finite
    text = number(largest, 4)
    if evidence.finite > 1:
        average = number(mean, 4)
        text = f"{text} each" if average == text else f"up to {text}, {average} on average"
    if evidence.worst and not evidence.tolerance.exact:
        text += f"; at worst {times(evidence.ranked[0][0])} × allowed"
    if evidence.odd_places:
        text += " (the finite ones)"
    return fact("errors", text)


def _odd(evidence: Evidence, shape: tuple[int, ...]) -> list[str]:
    if not evidence.odd_places:
        return []
    if not evidence.odd_actual and not evidence.odd_expected:
        dtype = dtypes.name(evidence.actual.dtype)
        return fact("not finite", f"a difference: it overflows {dtype}, though both are finite")
    lines = fact("not finite", f"actual {_counts(evidence.odd_actual, shape)}")
    lines += fact("", f"expected {_counts(evidence.odd_expected, shape)}")
    if evidence.shared_nan:
        accepts = "accepted" if evidence.equal_nan else "equal_nan=True accepts those"
        lines += fact("", f"{evidence.shared_nan:,} NaN in both at the same place: {accepts}")
    return lines


def _counts(odd: dict[str, Odd], shape: tuple[int, ...]) -> str:
    if not odd:
        return "has none"
    return "has " + ", ".join(
        f"{one.count:,} {name} (first at {unravel(one.first, shape)})" for name, one in odd.items()
    )


def _table(evidence: Evidence, shape: tuple[int, ...], count: int) -> list[str]:
    ranked = evidence.ranked[:count]
    odd = evidence.odd_places[: max(3, count - len(ranked))]
    ranked = ranked[: max(count - len(odd), 1)]
    places = [place for _, place in ranked] + odd
    known = [] if evidence.tolerance.exact else [ratio for ratio, _ in ranked]
    ratios = known + [math.nan] * (len(places) - len(known))
    actual, expected = evidence.values(places)
    values = list(zip(actual, expected, strict=True))
    texts = [both(*pair) for pair in values]
    columns = {
        "index": [str(place if len(shape) == 1 else unravel(place, shape)) for place in places],
        "actual": [one for one, _ in texts],
        "expected": [other for _, other in texts],
        "difference": [difference(*pair) for pair in values],
        "× allowed": ["" if ratio != ratio else times(ratio) for ratio in ratios],
    }
    lines = table(columns, "  ")
    left = evidence.mismatched - len(places)
    if left:
        lines.append(f"  … and {left:,} more")
    return lines
