"""How much of a failure is shown."""

from __future__ import annotations

from dataclasses import dataclass

from .._comparisons import VERBOSITY


@dataclass(frozen=True)
class Detail:
    """How much of a failure is shown."""

    rows: int  # of the worst elements of a tensor
    leaves: int  # described in full
    lines: int  # named in a line each, beyond those
    hint: str  # how to see more


# By how often pytest's -v was given. Together with torch's block: about 60 lines at first.
_DETAILS = (
    Detail(8, 3, 6, " (-v shows more)"),
    Detail(20, 5, 30, " (-vv shows more)"),
    Detail(50, 10, 100, ""),
)


def detail() -> Detail:
    """What this run's -v asks for."""
    return _DETAILS[min(max(VERBOSITY.get(), 0), len(_DETAILS) - 1)]
