"""Several failures: the worst first, some in full, others in a line each."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from ._described import described
from ._detail import Detail
from ._diagnosis import diagnose
from ._judge import Finding
from ._leaves import shown
from ._words import both, differ, number, plural, times

# Elements in which a common cause is looked for.
_LOOKED_AT = 1 << 18
_ATTRIBUTE = re.compile(r"The values for attribute '(\w+)' do not match: (.*) != (.*?)\.?$")
_SIZE = re.compile(r"torch\.Size\(\[(.*?)\]\)")


def several(found: Sequence[Finding], compared: int, wanted: Detail) -> list[str]:
    """Every failure that there is room for, below torch's text of the first.

    Args:
        found: what failed, what torch reports first at its head.
        compared: how many values were compared, and structures that did not fit.
        wanted: how much is shown.
    """
    # Where the whole does not fit, torch's text has said it.
    shown = [one for one in found if one.path or one.structure is None]
    ranked = sorted(shown, key=_severity, reverse=True)
    lines = [_header(found, ranked, compared)]
    cause = _common_cause(ranked) if len(ranked) > wanted.leaves else None
    if cause is not None:
        lines += ["", f"  all of them: {cause}"]
    most = wanted.leaves - (cause is not None)  # one stands for the rest
    rows = max(wanted.rows // max(min(len(ranked), wanted.leaves), 1), 3)
    in_full = in_line = 0
    apart = True  # from what stands above
    for position, one in enumerate(ranked):
        body = described(one, rows, titled=True) if in_full < most else []
        if not body and in_line == wanted.lines:
            lines.append(f"  … and {len(ranked) - position:,} more{wanted.hint}")
            break
        if body or apart:
            lines.append("")
        lines += [f"  {_title(one)}", *(f"  {line}".rstrip() for line in body)]
        in_full, in_line = in_full + bool(body), in_line + (not body)
        apart = bool(body)
    return lines


def _header(found: Sequence[Finding], ranked: Sequence[Finding], compared: int) -> str:
    structures = [one for one in found if one.structure is not None]
    values = compared - len(structures)
    differing = len(found) - len(structures)
    both = "" if len(ranked) == len(found) else " that both have"
    colon = ":" if ranked else "."
    if not values:
        return f"No values were compared{colon}"
    one = values == 1
    if not differing:
        what = f"The value{both} is close" if one else f"All {values:,} values{both} are close"
        return f"{what}{', but:' if ranked else '.'}"
    if one:
        return f"The value{both} differs:"
    of = f"{values:,} values{both}" if both else f"{values:,} values compared"
    order = ", worst first" if len(ranked) > 1 else ""
    if differing == values:
        return f"All {of} differ{order}:"
    return f"{differing:,} of the {of} {differ(differing)}{order}:"


def _common_cause(found: Sequence[Finding]) -> str | None:
    """The diagnosis that is that of each; None if there is no such, or much to look at."""
    evidence = [one.evidence for one in found if one.evidence is not None]
    if len(evidence) < len(found) or sum(one.total for one in evidence) > _LOOKED_AT:
        return None
    common = None
    for one in evidence:
        diagnosis = diagnose(one)
        # What a factor may stand for differs with the shape.
        cause = None if diagnosis is None else diagnosis.partition(" (")[0]
        if cause is None or common not in (None, cause):
            return None
        common = cause
    return common


def _severity(finding: Finding) -> tuple[int, float]:
    """What does not fit, what is not finite, what must be equal, the rest by its excess."""
    evidence, off = finding.evidence, finding.off()
    if evidence is None and finding.numbers is None:
        return 3, 0.0
    if evidence is not None and evidence.odd_places:
        return 2, float(evidence.mismatched)
    if not off < math.inf:
        return 2, 0.0
    exact = finding.tolerance is not None and finding.tolerance.exact
    return 1 if exact else 0, off


def _title(finding: Finding) -> str:
    name = shown(finding.path) or "the value itself"
    evidence, off = finding.evidence, finding.off()
    exact = finding.tolerance is None or finding.tolerance.exact
    if finding.numbers is not None:
        text = "{}: {}, expected {}".format(name, *both(*finding.numbers))
        return text if exact or not off < math.inf else f"{text} ({times(off)} × allowed)"
    if evidence is None:
        return f"{name}: {_shorten(finding.structure or _attribute(finding.summary))}"
    count = evidence.mismatched
    text = f"{name}: {count:,} of {plural(evidence.total, 'element')} {differ(count)}"
    if evidence.odd_places:
        odd = "NaN or inf" if evidence.odd_actual or evidence.odd_expected else "an overflow"
        return f"{text}, {count - evidence.finite:,} by {odd}"
    if evidence.worst:
        text += f", by up to {number(off, 3) if exact else times(off) + ' × allowed'}"
    return text


def _attribute(summary: str) -> str:
    """`shape (3,), expected (2,)` for what torch says in a sentence."""
    match = _ATTRIBUTE.match(summary)
    if match is None:
        return summary
    name, *values = match.groups()
    return "{} {}, expected {}".format(name, *(_SIZE.sub(_tuple, value) for value in values))


def _tuple(size: re.Match[str]) -> str:
    inside = size.group(1)
    return f"({inside},)" if inside and "," not in inside else f"({inside})"


def _shorten(text: str, width: int = 70) -> str:
    line = " ".join(text.split("\n\nThe failure occurred")[0].split())
    return line if len(line) <= width else f"{line[: width - 1]}…"
