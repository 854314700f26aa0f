"""The text of a failed comparison: torch's summary, then everything it leaves out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ._described import described
from ._detail import Detail, detail
from ._judge import Finding
from ._several import several

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
    if compared > 1 or len(found) > 1:
        body = several(found, compared, wanted)
    else:
        body = described(found[0], wanted.rows)
    return "\n".join([text, "", *body]) if body else text
