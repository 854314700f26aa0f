"""`torchkata verify`: what it accepts, and everything it must complain of."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import kata_folders
import pytest

from pytest_torchkata._kata import courses

REPOSITORY = Path(__file__).parent.parent
KATAS = [kata.name for kata in courses.read(REPOSITORY / "katas")]


def call(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `torchkata verify` in a process of its own: it forks, and this one has threads."""
    command = [sys.executable, "-m", "pytest_torchkata", "verify", *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, encoding="utf-8", timeout=900, check=False
    )


def course(root: Path, solutions: dict[str, str], stub: str = kata_folders.STUB) -> Path:
    """A course in `root` with the kata 01_double and these solutions."""
    tests = kata_folders.TESTS + (
        '\n\ndef test_of_zero():\n    """Twice zero is zero."""\n    assert double(0) == 0\n'
    )
    kata_folders.make(root, learner=stub, tests=tests)
    folder = root / "tests" / "katas" / "01_double"
    folder.mkdir(parents=True)
    for name, text in solutions.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return root


def wrong(body: str, *caught_by: str) -> str:
    """The text of a wrong solution."""
    names = ", ".join(f'"{name}"' for name in caught_by or ("test_of_one", "test_of_anything"))
    return f'"""Wrong."""\nCAUGHT_BY = {{{names}}}\n{body}'


SQUARE = wrong("def double(x):\n    return x * x\n", "test_of_one", "test_of_a_negative")
MORE = "from .solution import double as right\n\n\ndef double(x):\n    return right(x) + 1\n"
LOOP = "def double(x):\n    while True:\n        pass\n"
TROUBLED = {
    "solution": kata_folders.RIGHT,
    "right_positive": kata_folders.RIGHT.replace("x + x", "abs(x + x)"),
    "right_renamed": kata_folders.RIGHT.replace("x: int", "y: int").replace("x + x", "2 * y"),
    "right_documented": kata_folders.RIGHT.replace("Return twice x.", "Twice."),
    "wrong_square": SQUARE,
    "wrong_half": wrong(
        "def double(x):\n    return x + x if x < 0 else x\n", "test_of_one", "test_of_a_negative"
    ),
    "wrong_import": wrong("import nothing_of_that_name\n"),
    "wrong_unwritten": wrong("def double(x):\n    raise NotImplementedError\n"),
    "wrong_exit": wrong("import os\n\n\ndef double(x):\n    os._exit(5)\n"),
    "wrong_crash": wrong(
        "import os, signal\n\n\ndef double(x):\n    os.kill(os.getpid(), signal.SIGSEGV)\n"
    ),
    "wrong_hungry": wrong("def double(x):\n    return len(bytearray(64 * 2**30))\n"),
    # Blocked signals: the time limit of a step does not reach it, that of the child does.
    "wrong_loop": wrong(
        f"import signal\n\nsignal.pthread_sigmask(signal.SIG_BLOCK, {{signal.SIGALRM}})\n\n\n{LOOP}"
    ),
}


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The report on a course with every kind of trouble."""
    root = tmp_path_factory.mktemp("troubled")
    stub = kata_folders.STUB.replace("    raise", "    if x == 1:\n        return 2\n    raise")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TORCHKATA_VERIFY_SECONDS", "30")
        done = call(course(root, TROUBLED, stub), "--json", "--seed", "0")
    assert done.returncode == 1, done.stderr
    return json.loads(done.stdout)


def complaints(report: Any, file: str) -> list[str]:
    return next(each["complaints"] for each in report["variants"] if each["file"] == f"{file}.py")


@pytest.mark.parametrize("name", KATAS)
def test_the_proof_of_every_kata_holds(name: str) -> None:
    done = call(REPOSITORY, name)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "the proof holds" in done.stdout


def test_a_sound_kata_is_proved(tmp_path: Path) -> None:
    more = wrong(MORE, "test_of_one", "test_of_anything", "test_of_zero")

    solutions = {"solution": kata_folders.RIGHT, "wrong_square": SQUARE, "wrong_more": more}

    done = call(course(tmp_path, solutions), "--every-step")

    assert done.returncode == 0, done.stdout
    pytest.LineMatcher(done.stdout.splitlines()).fnmatch_lines(
        [
            "01_double: Twice as much",
            "  ok   *wrong  wrong_*.py",
            "  note: test_of_* is never the only step that catches a wrong solution",
            "  1 right and 2 wrong solutions: the proof holds",
        ]
    )


@pytest.mark.parametrize(
    ("file", "complaint"),
    [
        ("right_positive", "test_of_a_negative does not pass: failed: double(-3) must be negative"),
        ("wrong_half", "test_of_a_negative does not catch it: passed"),
        ("wrong_import", "its file cannot be imported: double.py:3: double.py cannot be*"),
        ("wrong_unwritten", "test_of_one is red for the wrong reason: failed: not written yet*"),
        ("wrong_exit", "pytest ended with exit code 5*"),
        ("wrong_crash", "the interpreter was ended by SIGSEGV*"),
        ("wrong_loop", "did not end within 30 s and was stopped*"),
        ("double", "test_of_one is not red by NotImplementedError: passed"),
    ],
)
def test_what_is_not_as_it_should_be_is_told(troubled: Any, file: str, complaint: str) -> None:
    pytest.LineMatcher(complaints(troubled, file)).fnmatch_lines([complaint])


@pytest.mark.parametrize("file", ["solution", "wrong_square", "wrong_hungry"])
def test_the_trouble_of_one_variant_is_not_that_of_another(troubled: Any, file: str) -> None:
    assert complaints(troubled, file) == []


@pytest.mark.parametrize(
    "complaint",
    [
        "test_of_zero catches no wrong solution",
        "right_renamed.py: double has the signature (y: int -> int), the stub (x: int -> int)",
        "right_documented.py: double has another docstring than the stub",
    ],
)
def test_what_is_wrong_with_the_kata_as_a_whole_is_told(troubled: Any, complaint: str) -> None:
    assert complaint in troubled["complaints"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('"""Wrong."""\n', "*wrong_bad.py: no CAUGHT_BY = {...} names the steps*"),
        (
            '"""Wrong."""\nCAUGHT_BY = {"test_nothing"}\n',
            "*wrong_bad.py: CAUGHT_BY names *'test_nothing'*; the steps are*",
        ),
    ],
    ids=["no CAUGHT_BY", "unknown step"],
)
def test_a_wrong_solution_that_does_not_say_what_catches_it_is_refused(
    tmp_path: Path, text: str, message: str
) -> None:
    kata_folders.make(tmp_path)
    folder = tmp_path / "tests" / "katas" / "01_double"
    folder.mkdir(parents=True)
    (folder / "solution.py").write_text(kata_folders.RIGHT, encoding="utf-8")
    (folder / "wrong_bad.py").write_text(text, encoding="utf-8")

    done = call(tmp_path)

    assert done.returncode == 2
    pytest.LineMatcher(done.stderr.splitlines()).fnmatch_lines([message])
    assert "Traceback" not in done.stderr


def test_without_solutions_verify_says_where_they_are(tmp_path: Path) -> None:
    kata_folders.make(tmp_path)

    done = call(tmp_path)

    assert done.returncode == 2
    assert "come with the source repository" in done.stderr
