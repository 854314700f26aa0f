"""Small katas for the tests of what runs katas."""

from __future__ import annotations

import textwrap
from pathlib import Path

TOML = 'title = "Twice as much"\ngoal = "Double a number."\n'
STUB = '''\
def double(x: int) -> int:
    """Return twice x."""
    raise NotImplementedError("What is twice x?")
'''
RIGHT = '''\
def double(x: int) -> int:
    """Return twice x."""
    return x + x
'''
TESTS = '''\
from hypothesis import given, strategies as st

from .double import double


def test_of_one():
    """Twice one is two."""
    assert double(1) == 2, f"double(1) must be 2; yours is {double(1)}"


@given(x=st.integers())
def test_of_anything(x):
    """Twice x is x plus x."""
    assert double(x) == x + x, f"double({x}) must be {x + x}; yours is {double(x)}"


def test_of_a_negative():
    """Twice a negative number is negative."""
    assert double(-3) < 0, "double(-3) must be negative"
'''


def make(
    root: Path,
    *,
    learner: str = STUB,
    tests: str = TESTS,
    toml: str = TOML,
    name: str = "01_double",
) -> Path:
    """A course in `root` with one kata, `learner` in the learner's file."""
    folder = root / "katas" / name
    folder.mkdir(parents=True, exist_ok=True)
    topic = name.partition("_")[2]
    for file, text in {
        "kata.toml": toml,
        f"{topic}.py": learner,
        f"test_{topic}.py": tests,
        "README.md": "# Twice as much\n",
        "hints.md": "# Hints\n\n## 1\n\nAdd.\n",
    }.items():
        (folder / file).write_text(textwrap.dedent(text), encoding="utf-8")
    ini = root / "pyproject.toml"
    if not ini.exists():
        ini.write_text('[tool.pytest.ini_options]\naddopts = ["--import-mode=importlib"]\n')
    return folder
