"""The text of a failed comparison: torch's summary, then everything it leaves out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from ._detail import Detail, detail
from ._diagnosis import diagnose
from ._evidence import Evidence, Odd
from ._hints import hints
from ._judge import Finding
from ._leaves import shown
from ._rules import Tolerance
from ._summary import unravel
from ._where import where
from ._words import both, difference, fact, number, plural, table, times

_NUMBERS = (int, float, complex)
# Bytes of values that a report not yet read may hold.
_KEPT = 1 << 21


class Text(str):
    """torch's summary, which becomes the whole report once it is read.

    Most failures are never read: Hypothesis raises hundreds of them while it looks for the
    smallest, and composing a report takes longer than a small comparison. `str()` composes it.
    """

    __slots__ = ("_compose", "_whole", "found")

    _compose: Callable[[], str]
    _whole: str | None
    found: list[Finding]

    def __new__(cls, found: list[Finding], compose: Callable[[], str]) -> Text:
        """Remember what was found, and how to compose the report of it."""
        self = super().__new__(cls, found[0].text())
        self.found, self._compose, self._whole = found, compose, None
        return self

    def __str__(self) -> str:
        """The whole report."""
        if self._whole is None:
            self._whole = self._compose()
        return self._whole

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """Pickled as plain text."""
        return str, (str(self),)


def text(found: list[Finding], compared: int) -> Text:
    """The report, composed when it is read if what it tells of is small enough to be copied."""
    wanted = detail()
    made = Text(found, lambda: report(found, compared, wanted))
    kept = [one.evidence for one in found if one.evidence is not None]
    # Of a leaf without evidence only its own tensors tell, and those the caller may change.
    if len(kept) < len(found) or sum(one.nbytes for one in kept) > _KEPT:
        str(made)
        return made
    for one in kept:
        one.snapshot()
    return made


def report(found: Sequence[Finding], compared: int, wanted: Detail) -> str:
    """The whole text; `found` has what torch reports first at its head.

    Args:
        found: at least one failure.
        compared: how many leaves were compared in all.
        wanted: how much is shown.
    """
    try:
        return _report(found, compared, wanted)
    except Exception as error:  # whatever goes wrong here must not hide the failure itself
        what = f"{type(error).__name__}: {error}"
        return f"{found[0].text()}\n\n(The rest of this report could not be made: {what})"


def _report(found: Sequence[Finding], compared: int, wanted: Detail) -> str:
    text = found[0].text()
    body = _several(found, compared, wanted) if compared > 1 or len(found) > 1 else None
    if body is None:
        body = _one(found[0], wanted.rows)
    return "\n".join([text, "", *body]) if body else text


def _several(found: Sequence[Finding], compared: int, wanted: Detail) -> list[str]:
    ranked = sorted(found, key=_severity, reverse=True)
    order = ", worst first" if len(ranked) > 1 else ""
    verb = "differ" if len(ranked) > 1 else "differs"
    of = f"{max(compared, len(ranked)):,} values compared"
    lines = [f"{len(ranked):,} of the {of} {verb}{order}:"]
    rows = max(wanted.rows // min(len(ranked), wanted.leaves), 3)
    for one in ranked[: wanted.leaves]:
        body = _one(one, rows, titled=True)
        lines += ["", f"  {_title(one)}", *(f"  {line}".rstrip() for line in body)]
    rest = ranked[wanted.leaves :]
    if rest:
        lines.append("")
    lines += [f"  {_title(one)}" for one in rest[: wanted.lines]]
    if len(rest) > wanted.lines:
        lines.append(f"  … and {len(rest) - wanted.lines:,} more (-v shows more)")
    return lines


def _severity(finding: Finding) -> float:
    evidence = finding.evidence
    if evidence is None or evidence.odd_places:
        return math.inf
    return evidence.ranked[0][0] if evidence.worst else 0.0


def _title(finding: Finding) -> str:
    name = shown(finding.path) or "the value itself"
    evidence = finding.evidence
    leaf = finding.leaf
    if evidence is None:
        if leaf is not None and all(isinstance(x, _NUMBERS) for x in (leaf.actual, leaf.expected)):
            return "{}: {}, expected {}".format(name, *both(leaf.actual, leaf.expected))
        return f"{name}: {_shorten(finding.summary)}"
    if evidence.total == 1 and not evidence.actual.shape:
        actual, expected = both(evidence.actual.item(), evidence.expected.item())
        return f"{name}: {actual}, expected {expected}"
    text = f"{name}: {evidence.mismatched:,} of {plural(evidence.total, 'element')} differ"
    if evidence.odd_places:
        odd = "NaN or inf" if evidence.odd_actual or evidence.odd_expected else "an overflow"
        return f"{text}, {evidence.mismatched - evidence.finite:,} by {odd}"
    if evidence.worst:
        worst = evidence.ranked[0][0]
        exact = evidence.tolerance.exact
        text += f", by up to {number(worst, 3) if exact else times(worst) + ' × allowed'}"
    return text


def _shorten(text: str, width: int = 90) -> str:
    line = " ".join(text.split("\n\nThe failure occurred")[0].split())
    return line if len(line) <= width else f"{line[: width - 1]}…"


def _one(finding: Finding, rows: int, titled: bool = False) -> list[str]:
    evidence = finding.evidence
    if evidence is None:
        if finding.leaf is None:
            return []
        found = hints(finding.leaf, finding.tolerance)
        return [line for text in found for line in fact("diagnosis", text)]
    if not evidence.actual.shape:
        return _scalar(evidence)
    shape = tuple(evidence.actual.shape)
    lines: list[str] = []
    if not titled:
        lines.append(f"What differs ({_dtype(evidence)}, shape {shape}):")
    diagnosis = diagnose(evidence)
    if diagnosis:
        lines += fact("diagnosis", diagnosis)
    lines += fact("where", where(evidence))
    lines += _errors(evidence)
    lines += _odd(evidence, shape)
    lines += fact("allowed", _allowed(evidence.tolerance))
    return [*lines, "", *_table(evidence, shape, rows)]


def _dtype(evidence: Evidence) -> str:
    return str(evidence.actual.dtype).removeprefix("torch.")


def _scalar(evidence: Evidence) -> list[str]:
    if not evidence.worst or evidence.tolerance.exact:
        return []
    ratio, _ = evidence.ranked[0]
    return [
        *fact("error", f"{times(ratio)} × what is allowed"),
        *fact("allowed", _allowed(evidence.tolerance)),
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
        text = f"up to {text}, {number(mean, 4)} on average"
    if evidence.worst and not evidence.tolerance.exact:
        text += f"; at worst {times(evidence.ranked[0][0])} × what is allowed"
    if evidence.odd_places:
        text += " (the finite ones)"
    return fact("errors", text)


def _odd(evidence: Evidence, shape: tuple[int, ...]) -> list[str]:
    if not evidence.odd_places:
        return []
    if not evidence.odd_actual and not evidence.odd_expected:
        dtype = _dtype(evidence)
        return fact(
            "not finite", f"a difference: it overflows {dtype}, though both values are finite"
        )
    lines = fact("not finite", f"actual {_counts(evidence.odd_actual, shape)}")
    lines += fact("", f"expected {_counts(evidence.odd_expected, shape)}")
    if evidence.shared_nan:
        shared = f"{evidence.shared_nan:,} NaN in both at the same place"
        lines += fact("", f"{shared}: equal_nan=True accepts those")
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
