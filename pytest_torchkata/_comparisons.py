"""Comparisons in a pytest run: how much of a failure is shown, and what else comes of it.

Imports torch only once a comparison has failed, that is, after somebody else has.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .comparison._judge import Finding
    from .comparison._report import Text

# How often -v was given: assert_close is called from tests, and sees no config.
VERBOSITY: ContextVar[int] = ContextVar("torchkata_verbosity", default=0)
_EXPLAINED = pytest.StashKey[tuple[str, "list[Finding]"]]()
# Pictures of one failure: of the first tensors that fail.
_PICTURES = 3


def enter(config: pytest.Config) -> None:
    """Show as much as this run's -v asks for, until the run ends.

    Raises:
        pytest.UsageError: pictures are wanted, and matplotlib is missing.
    """
    wanted = config.getoption("--torchkata-artifacts") is not None
    if wanted and importlib.util.find_spec("matplotlib") is None:
        raise pytest.UsageError(
            "--torchkata-artifacts draws with matplotlib, which is not installed: "
            'pip install "pytest-torchkata[plots]"'
        )
    token = VERBOSITY.set(config.get_verbosity(pytest.Config.VERBOSITY_ASSERTIONS))
    config.add_cleanup(lambda: VERBOSITY.reset(token))


def _loaded() -> bool:
    return "pytest_torchkata.comparison" in sys.modules


def explain(config: pytest.Config, op: str, left: object, right: object) -> list[str] | None:
    """The lines that follow a failed `assert left == right`, if `close` has a part in it."""
    if op != "==" or not _loaded():
        return None
    from .comparison._close import explain as explained

    explanation = explained(left, right)
    if explanation is None:
        return None
    config.stash[_EXPLAINED] = explanation
    text = explanation[0]
    return [f"actual == close(expected): {text.splitlines()[0]}", *text.splitlines()[1:]]


def attach(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
    """Add to a failed test's report what its comparison has beyond the text."""
    found: list[Finding] = []
    explained = item.config.stash.get(_EXPLAINED, None)
    if explained is None and not report.failed:  # as a rule: this runs three times a test
        return
    if explained is not None:
        text, found = explained
        del item.config.stash[_EXPLAINED]
        # pytest cuts what follows an assert after eight lines, unless -vv is given.
        if report.failed and "Full output truncated" in report.longreprtext:
            report.sections.append(("the whole comparison", text))
    folder = item.config.getoption("--torchkata-artifacts")
    if folder is not None and report.failed:
        raised = text_of(call)
        _draw(item, report, found if raised is None else raised.found, Path(folder))


def _draw(item: pytest.Item, report: pytest.TestReport, found: list[Finding], folder: Path) -> None:
    drawn = [one for one in found if one.evidence is not None][:_PICTURES]
    if not drawn:
        return
    from .comparison import _picture
    from .comparison._leaves import shown

    folder = item.config.rootpath / folder
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^\w.-]+", "-", item.nodeid)[-150:].strip("-")
    for number, one in enumerate(drawn, 1):
        assert one.evidence is not None  # those without were left out
        path = folder / f"{name}-{number}.png"
        try:
            _picture.save(one.evidence, shown(one.path) or item.name, path)
        except Exception as error:  # a picture is not worth the run
            text = f"could not be drawn: {type(error).__name__}: {error}"
            report.sections.append(("picture of the comparison", text))
            continue
        report.sections.append(("picture of the comparison", str(path)))
        if item.config.pluginmanager.hasplugin("html"):
            _embed(report, path)


def _embed(report: pytest.TestReport, path: Path) -> None:
    """Have pytest-html show a picture."""
    import base64

    from pytest_html import extras  # type: ignore[import-untyped]  # it has no annotations

    image = extras.png(base64.b64encode(path.read_bytes()).decode())
    # The attribute that pytest-html reads.
    report.extras = [*getattr(report, "extras", []), image]  # type: ignore[attr-defined]


def text_of(call: pytest.CallInfo[None]) -> Text | None:
    """The report that a failed comparison raised, if that is what failed."""
    if call.excinfo is None or not _loaded():
        return None
    from .comparison._report import Text

    given = call.excinfo.value.args
    return given[0] if len(given) == 1 and isinstance(given[0], Text) else None
