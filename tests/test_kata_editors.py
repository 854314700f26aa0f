"""What the play buttons of editors show of a step that fails.

They run one test with options of their own and read reports, not the terminal.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import kata_folders
import pytest

# What VS Code's plugin sends to the editor, and what PyCharm's writes into its tree.
PLUGIN = """
import json


def pytest_runtest_logreport(report):
    if report.failed:
        with open("told.json", "w", encoding="utf-8") as file:
            json.dump([report.nodeid, report.longreprtext, str(report.longrepr)], file)
"""
LEARNER = "def double(x):\n    return x if x < 9 else 0\n"


@pytest.mark.parametrize(
    ("arguments", "folder"),
    [
        (["--rootdir={root}", "--capture=no"], "."),  # VS Code
        (["--no-header", "--no-summary", "-q"], "katas/01_double"),  # PyCharm
    ],
    ids=["VS Code", "PyCharm"],
)
def test_a_play_button_shows_the_whole_lesson_of_a_failure(
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    folder: str,
) -> None:
    root = pytester.path
    test = kata_folders.make(root, learner=LEARNER) / "test_double.py"
    pytester.makepyfile(editor=PLUGIN)
    monkeypatch.setenv("PYTHONPATH", str(root))
    monkeypatch.chdir(root / folder)

    result = pytester.run(
        sys.executable,
        "-m",
        "pytest",
        *(argument.format(root=root) for argument in arguments),
        "-peditor",
        f"{test}::test_of_anything",
    )

    node, text, shown = json.loads(Path("told.json").read_text(encoding="utf-8"))
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert node == "katas/01_double/test_double.py::test_of_anything"
    assert text.strip() == shown.strip()
    assert shown.splitlines()[:5] == [
        "Twice x is x plus x.",
        "",
        "double(1) must be 2; yours is 1",
        "",
        "smallest case that shows it",
    ]


def test_discovery_finds_every_step_and_runs_none(pytester: pytest.Pytester) -> None:
    kata_folders.make(pytester.path)

    result = pytester.runpytest("--rootdir=.", "--collect-only", "-q", "katas")

    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["katas/01_double/test_double.py::test_of_one"])
    assert not (pytester.path / ".torchkata").exists()
