"""The third step: suggestions on code that is green."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import kata_folders
import pytest

from pytest_torchkata._kata import courses, metadata, progress, steps
from pytest_torchkata._kata.progress import Book, Entry, Fingerprint
from pytest_torchkata._kata.refactor import Suggestion, advice, reading, trace

TESTS = '''\
import torch

from .double import double, halve


def test_doubles():
    """Twice x."""
    assert torch.equal(double(torch.ones(3)), torch.full((3,), 2.0))


def test_halves():
    """Half of x."""
    assert torch.equal(halve(torch.ones(3)), torch.full((3,), 0.5))
'''
CLUMSY = '''\
import os

import torch
from torch import Tensor


def double(x, times: int = 2):
    if times == 3:
        raise RuntimeError("never")
    total = float(x.sum())
    y = torch.zeros(x.shape, device="cpu")
    y += x.float()
    return y * times + 0 * total


def halve(x: Tensor) -> Tensor:
    """Half of x."""
    return x / 2
'''
CLEAN = '''\
from torch import Tensor


def double(x: Tensor) -> Tensor:
    """Twice x."""
    return x + x


def halve(x: Tensor) -> Tensor:
    """Half of x."""
    return x / 2
'''
ROOT = Path(__file__).parent.parent


def module_at(path: Path) -> Any:  # with names that only its author knows
    """The module in the file `path`, imported anew."""
    spec = importlib.util.spec_from_file_location(f"realistic_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def course_with(root: Path, learner: str) -> metadata.Kata:
    """A course whose one kata has `learner`, and is green."""
    folder = kata_folders.make(root, learner=learner, tests=TESTS)
    kata = metadata.load(folder)
    now = Fingerprint.of(kata)
    states = {step.name: "green" for step in steps.read(kata.tests)}
    entry = Entry(tests=now.tests, code=now.code, steps=states)
    Book(root).change(lambda known: replace(known.changed(kata, entry), current=kata.name))
    return kata


def refactor(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest_torchkata", "refactor", *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def clumsy(tmp_path_factory: pytest.TempPathFactory) -> list[Suggestion]:
    """What is suggested on clumsy code."""
    return list(advice.gather(course_with(tmp_path_factory.mktemp("clumsy"), CLUMSY)))


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("docstring", "double has no docstring"),
        ("hints", "double has no type hint for x, what it returns"),
        ("ruff", "F401 `os` imported but unused"),
        ("coverage", "no step runs line 9: is it needed?"),
        ("vmap", "double under torch.func.vmap: it raises RuntimeError: "),
        ("dtype", "double in float64: the result is float32"),
        ("dtype", "double in bfloat16: the result is float32"),
        ("meta", "double on the meta device: it raises "),
    ],
)
def test_clumsy_code_gets_a_suggestion(clumsy: list[Suggestion], topic: str, text: str) -> None:
    assert [one for one in clumsy if one.topic == topic and one.text.startswith(text)], clumsy


def test_what_is_well_done_gets_none(clumsy: list[Suggestion]) -> None:
    assert [one for one in clumsy if "halve" in one.text] == []


def test_nothing_to_suggest_makes_it_refactored(tmp_path: Path) -> None:
    kata = course_with(tmp_path, CLEAN)

    result = refactor(tmp_path)

    assert result.returncode == 0, result.stderr
    assert "Nothing left to suggest: 01_double is refactored." in result.stdout
    assert progress.standing(kata, Book(tmp_path).read()).state == "refactored"


def test_suggestions_leave_it_green_until_the_learner_says_done(tmp_path: Path) -> None:
    kata = course_with(tmp_path, CLUMSY)

    suggested = refactor(tmp_path, "1", "--json")
    before = progress.standing(kata, Book(tmp_path).read()).state
    done = refactor(tmp_path, "1", "--done")
    after = progress.standing(kata, Book(tmp_path).read()).state
    kata.stub.write_text(CLEAN)

    assert {one["topic"] for one in json.loads(suggested.stdout)} >= {"docstring", "ruff"}
    assert (before, after) == ("green", "refactored")
    assert done.stdout == "01_double is refactored.\n"
    assert progress.standing(kata, Book(tmp_path).read()).state == "lapsed"


def test_red_code_is_not_refactored(tmp_path: Path) -> None:
    kata_folders.make(tmp_path)

    result = refactor(tmp_path, "1")

    assert result.returncode == 2
    assert "01_double is not green (0 of 3 steps pass; new)" in result.stderr


def test_speed_is_told_where_the_reference_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = CLEAN.replace("return x + x", "return sum((x / 100 for _ in range(200)), 0 * x)")
    kata = course_with(tmp_path, slow)
    place = tmp_path / "tests/katas/01_double"
    place.mkdir(parents=True)
    (place / "solution.py").write_text(CLEAN)
    (place / "realistic.py").write_text(
        "import torch\n\ndef call(module):\n    x = torch.ones(1000)\n"
        "    return lambda: module.double(x)\n"
    )
    monkeypatch.setattr(courses, "PACKAGE", tmp_path / "pytest_torchkata")

    (slow_one,) = [one for one in advice.gather(kata) if one.topic == "speed"]
    kata.stub.write_text(CLEAN)
    (fair_one,) = [one for one in advice.gather(kata) if one.topic == "speed"]

    assert slow_one.text.endswith("times as long as the reference")
    assert not slow_one.fact
    assert fair_one.text.endswith("times as long as the reference")
    assert fair_one.fact  # nothing to do about it


def test_outside_a_checkout_it_says_why_no_speed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course_with(tmp_path, CLEAN)

    result = refactor(tmp_path, "1")

    assert "The speed is not compared: the reference solution comes with the source" in (
        result.stdout
    )


def test_dead_lines_are_those_of_functions_alone(tmp_path: Path) -> None:
    path = tmp_path / "code.py"
    path.write_text("X = 1\n\n\nclass A:\n    y = 2\n\n    def f(self):\n        return 3\n")

    assert trace.dead_lines(path, set()) == [8]
    assert trace.dead_lines(path, {8}) == []


def test_private_names_need_no_docstring_but_hints(tmp_path: Path) -> None:
    path = tmp_path / "code.py"
    path.write_text("def _f(x, *rest): return x\n")

    assert reading.suggest(path) == [
        Suggestion("hints", "_f has no type hint for x, rest, what it returns", 1)
    ]


def test_a_file_that_is_no_python_gets_no_suggestion(tmp_path: Path) -> None:
    path = tmp_path / "code.py"
    path.write_text("def (:\n")

    assert reading.suggest(path) == []


@pytest.mark.parametrize("kata", courses.read(ROOT / "katas"), ids=lambda kata: kata.name)
def test_every_kata_has_a_call_of_realistic_size(kata: metadata.Kata) -> None:
    place = ROOT / "tests" / "katas" / kata.name
    realistic, solution = module_at(place / "realistic.py"), module_at(place / "solution.py")

    made = realistic.call(solution)

    made()
    made()  # it is timed many times
