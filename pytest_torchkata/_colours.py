"""Colours for the report of a failed comparison, while pytest writes its list of failures.

The text of an exception is plain, and so is every report: what goes to a file, to JUnit or to
another process has no escape codes. Only the lines that the terminal is about to write get any.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

_BEGINS = re.compile(r"What differs \(|[\d,]+ of the [\d,]+ values compared differ")
_TITLE = re.compile(r"(\[|\.\w|the value itself: ).*")
_FACT = re.compile(r"(diagnosis|where|errors?|not finite|allowed)( {2,})(.*)")
_HEADER = re.compile(r"index +actual +expected( .*)?")
_ROW = re.compile(r"(\d+|\([\d, ]+\))  +\S.*")


@contextmanager
def shown(reporter: pytest.TerminalReporter) -> Iterator[None]:
    """Colour the comparisons among the failures until the block ends, if the terminal has colours.

    Which it has is for pytest to say: `--color`, NO_COLOR, or whether the output is a terminal.
    """
    writer = reporter.config.get_terminal_writer()
    kept: list[tuple[Any, str, object]] = []  # parts of reports, which pytest does not publish
    if writer.hasmarkup:
        for report in (*reporter.stats.get("failed", ()), *reporter.stats.get("error", ())):
            for entry in _entries(report):
                if (lines := painted(entry.lines, writer)) is not None:
                    kept.append((entry, "lines", entry.lines))
                    entry.lines = lines
            kept.append((report, "sections", report.sections))
            report.sections = [(name, _section(text, writer)) for name, text in report.sections]
    try:
        yield
    finally:
        for part, name, value in kept:
            setattr(part, name, value)


def _entries(report: Any) -> Iterator[Any]:  # as above
    for traceback, _, _ in getattr(report.longrepr, "chain", ()):
        yield from (one for one in traceback.reprentries if hasattr(one, "style") and one.lines)


def _section(text: str, writer: Any) -> str:  # pytest's TerminalWriter, which it does not publish
    lines = painted(text.split("\n"), writer)
    return text if lines is None else "\n".join(lines)


def painted(lines: Sequence[str], writer: Any) -> list[str] | None:  # as above
    """The lines with the comparison in them coloured; None if there is none."""
    found: list[str] = []
    inside = False
    fact = ""  # the one that a wrapped line goes on with
    columns = None  # where actual and expected end, inside a table
    for line in lines:
        mark = "E" if line.startswith("E ") else ""
        text = line[len(mark) :].lstrip()
        inside = inside or _BEGINS.match(text) is not None
        if not inside:
            found.append(line)
            continue
        indent = line[len(mark) : len(line) - len(text)]
        if not text:
            fact, columns = "", None
        elif match := _FACT.fullmatch(text):
            fact, gap, rest = match.groups()
            text = writer.markup(fact, cyan=True) + gap + _valued(fact, rest, writer)
        elif _HEADER.fullmatch(text):
            columns = [line.index(word) + len(word) for word in ("actual", "expected")]
            text = writer.markup(text, bold=True)
        elif columns is not None and _ROW.fullmatch(text):
            text = _row(line, len(mark + indent), columns, writer)
        elif fact:
            text = _valued(fact, text, writer)
        elif _BEGINS.match(text) or _TITLE.fullmatch(text):
            text = writer.markup(text, bold=True)
        # What pytest marks with an E it writes in red; the end of any other colour ends that too.
        found.append(mark + (writer.markup(indent, red=True) if mark else indent) + text)
    return found if inside else None


def _valued(fact: str, text: str, writer: Any) -> str:  # as above
    return str(writer.markup(text, yellow=True)) if fact == "diagnosis" else text


def _row(line: str, start: int, columns: Sequence[int], writer: Any) -> str:  # as above
    index, gap, actual = line[start : columns[0]].rpartition("  ")
    expected = line[columns[0] : columns[1]]
    cells = writer.markup(actual, red=True), writer.markup(expected, green=True)
    return f"{index}{gap}{cells[0]}{cells[1]}{line[columns[1] :]}"
