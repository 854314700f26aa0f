"""Puts the screen of a kata run in the place of pytest's own list of failures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from .._options import Options
from . import RECORD, language, screen
from .run import plain_reports


@contextmanager
def shown(reporter: pytest.TerminalReporter, config: pytest.Config) -> Iterator[None]:
    """Show the katas' screen first, and keep their failures out of pytest's sections.

    The reports are back when the block ends: pytest's closing line counts them.
    """
    records = [
        record
        for reports in reporter.stats.values()
        for report in reports
        if (record := _record(report)) is not None
    ]
    if not records or plain_reports(config):
        yield
        return
    hidden = {name: reporter.stats[name] for name in ("failed", "error") if name in reporter.stats}
    for category, reports in hidden.items():
        others = [report for report in reports if _record(report) is None]
        reporter.stats[category] = others
    try:
        if config.getoption("tbstyle") != "no":
            screen.show(
                reporter,
                screen.results(records, language.chosen(Options.of(config).lang)),
                width=reporter._tw.fullwidth,
                here=config.invocation_params.dir,
            )
        yield
    finally:
        for category, reports in hidden.items():
            reporter.stats[category] = reports


def _record(report: object) -> Mapping[str, str] | None:
    record: Mapping[str, str] | None = getattr(report, RECORD, None)
    return record
