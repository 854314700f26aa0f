"""What learners do to their file: each gets a line of its own, and no other kata suffers."""

from __future__ import annotations

import os
import sys
from typing import Any

import kata_folders
import pytest

import pytest_torchkata._kata.run


def show(pytester: pytest.Pytester, learner: str, *arguments: str) -> pytest.RunResult:
    kata_folders.make(pytester.path, learner=learner)
    return pytester.runpytest("katas/01_double", *arguments)


def test_a_syntax_error_shows_the_line_and_where_it_breaks(pytester: pytest.Pytester) -> None:
    result = show(pytester, "def double(x):\n    return x +* 2\n")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "double.py:2 is not Python yet: invalid syntax",
            "        return x +[*] 2",
            "                  ^",
            "next    edit katas/01_double/double.py, then: pytest katas/01_double",
        ]
    )
    result.stdout.no_fnmatch_line("*ERROR*")


@pytest.mark.parametrize(
    ("learner", "line"),
    [
        ("import torhc\n", "double.py:1: double.py cannot be imported: ModuleNotFoundError: No*"),
        ("x = 1 / 0\n", "double.py:1: double.py cannot be imported: ZeroDivisionError: division*"),
        ("", "double.py has no double: the steps need every name of the stub"),
        ("raise SystemExit(3)\n", "double.py:1: double.py cannot be imported: SystemExit: 3"),
    ],
    ids=["no such module", "exception", "empty", "exit"],
)
def test_a_file_that_cannot_be_imported_is_one_red_line(
    pytester: pytest.Pytester, learner: str, line: str
) -> None:
    result = show(pytester, learner)

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines([line])
    result.assert_outcomes(failed=1)


def test_a_missing_file_is_one_red_line(pytester: pytest.Pytester) -> None:
    folder = kata_folders.make(pytester.path)
    (folder / "double.py").unlink()

    result = pytester.runpytest("katas/01_double")

    result.stdout.fnmatch_lines(["double.py is missing: torchkata reset 01_double brings it back"])


def test_a_broken_file_leaves_other_katas_alone(pytester: pytest.Pytester) -> None:
    kata_folders.make(pytester.path, learner="def double(:\n")
    kata_folders.make(
        pytester.path,
        name="02_twice",
        learner=kata_folders.RIGHT,
        tests=kata_folders.TESTS.replace("from .double", "from .twice"),
    )

    result = pytester.runpytest("katas")

    result.assert_outcomes(failed=1, passed=3)
    result.stdout.fnmatch_lines(["*Green: all 3 steps pass.*"])


def test_a_loop_that_never_ends_is_stopped_and_told(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pytest_torchkata._kata.run, "STEP_SECONDS", 0.3)

    result = show(pytester, "def double(x):\n    while True:\n        pass\n", "-p", "no:randomly")

    result.stdout.fnmatch_lines(
        [
            "step 1  test_of_one",
            "did not end within 0.3 seconds: is there a loop that never ends?",
            "your line: double.py:*, in double",
            "not run   2  Twice x is x plus x.",
        ]
    )
    result.assert_outcomes(failed=1, skipped=2)


def test_the_time_limit_holds_where_lines_are_traced(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pytest_torchkata._kata.run, "STEP_SECONDS", 0.3)
    tracer = sys.gettrace()
    sys.settrace(lambda frame, event, argument: None)

    try:
        result = show(pytester, "def double(x):\n    while True:\n        pass\n", "-k", "of_one")
    finally:
        sys.settrace(tracer)

    result.stdout.fnmatch_lines(["did not end within 0.3 seconds*"])


def test_a_loop_at_import_is_stopped_and_told(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pytest_torchkata._kata.run, "IMPORT_SECONDS", 0.3)

    result = show(pytester, "while True:\n    pass\n")

    result.stdout.fnmatch_lines(["double.py:*: double.py cannot be imported: *did not end*"])


def test_except_exception_does_not_swallow_the_time_limit(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pytest_torchkata._kata.run, "STEP_SECONDS", 0.3)
    learner = """\
    def double(x):
        try:
            while True:
                pass
        except Exception:
            return x + x
    """

    result = show(pytester, learner)

    result.stdout.fnmatch_lines(["did not end within 0.3 seconds*"])


def test_what_the_learner_prints_is_shown_with_the_step(pytester: pytest.Pytester) -> None:
    result = show(pytester, "def double(x):\n    print('x is', x)\n    return 0\n")

    result.stdout.fnmatch_lines(["what your code printed", "    x is 1"])


def test_a_gigabyte_of_printing_is_cut(pytester: pytest.Pytester) -> None:
    result = show(
        pytester, "def double(x):\n    print('line\\n' * 10**5)\n    return 0\n", "-k", "one"
    )

    result.stdout.fnmatch_lines(["what your code printed (the last 5 lines)"])
    assert len(result.stdout.lines) < 50


def test_exit_in_a_step_fails_that_step(pytester: pytest.Pytester) -> None:
    result = show(pytester, "import sys\n\ndef double(x):\n    sys.exit(0)\n")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["SystemExit: 0", "your line: double.py:4, in double"])


def test_a_forbidden_operation_names_the_line_the_reason_and_the_hint(
    pytester: pytest.Pytester,
) -> None:
    toml = (
        kata_folders.TOML
        + '[forbidden]\noperations = ["torch.add"]\nreason = "too easy"\nhint = "hint 1"\n'
    )
    learner = "import torch\n\ndef double(x):\n    return torch.add(torch.tensor(x), x)\n"
    kata_folders.make(pytester.path, learner=learner, toml=toml)

    result = pytester.runpytest("katas/01_double")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        ["torch.add is forbidden here*", "*double.py:4*", "*too easy*", "*hint 1*"]
    )


def test_the_test_may_use_what_the_learner_may_not(pytester: pytest.Pytester) -> None:
    toml = kata_folders.TOML + '[forbidden]\noperations = ["torch.add"]\n'
    tests = kata_folders.TESTS + (
        "\n\ndef test_with_torch():\n"
        "    import torch\n    assert torch.add(torch.tensor(1), 1) == double(1)\n"
    )
    kata_folders.make(pytester.path, learner=kata_folders.RIGHT, toml=toml, tests=tests)

    pytester.runpytest("katas/01_double").assert_outcomes(passed=4)


def test_a_required_operation_that_is_never_called_fails_the_step(
    pytester: pytest.Pytester,
) -> None:
    toml = (
        kata_folders.TOML + '[required]\noperations = ["torch.add"]\n' + 'steps = ["test_of_one"]\n'
    )
    kata_folders.make(pytester.path, learner=kata_folders.RIGHT, toml=toml)

    result = pytester.runpytest("katas/01_double")

    result.assert_outcomes(failed=1, passed=2)
    result.stdout.fnmatch_lines(["step 1  test_of_one", "torch.add was never called; *"])


@pytest.mark.parametrize(
    ("toml", "line"),
    [
        ("title = ", "*kata.toml is not TOML:*"),
        ('title = "T"\n', "*kata.toml: 'goal' must be a text; it is None*"),
        (kata_folders.TOML + "lesson = 1\n", "*kata.toml: unknown key 'lesson'; known are*"),
        (kata_folders.TOML + "topics = 'nn'\n", "*'topics' must be a list of texts; it is 'nn'*"),
        (kata_folders.TOML + "[forbidden]\nops = []\n", "*[[]forbidden[]] takes*'operations'*"),
        (kata_folders.TOML + "[required]\noperations = ['torch.add']\n", "*needs steps = *"),
    ],
    ids=["no toml", "no goal", "unknown key", "text for list", "unknown rule", "no steps"],
)
def test_bad_metadata_is_refused_with_what_is_valid(
    pytester: pytest.Pytester, toml: str, line: str
) -> None:
    kata_folders.make(pytester.path, toml=toml)

    result = pytester.runpytest("katas/01_double")

    assert result.ret != pytest.ExitCode.OK
    (result.stderr if result.errlines else result.stdout).fnmatch_lines([line])


def test_global_state_that_a_step_leaves_changed_is_told_and_put_back(
    pytester: pytest.Pytester,
) -> None:
    learner = """\
    import torch

    def double(x):
        torch.set_default_dtype(torch.float64)
        return x + x
    """

    result = show(pytester, learner)

    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(
        [
            "your code left torch's global state changed:",
            "  default dtype: torch.float32 before, torch.float64 after",
        ]
    )


def test_global_state_that_the_import_leaves_changed_is_told_and_put_back(
    pytester: pytest.Pytester,
) -> None:
    learner = "import torch\n\ntorch.set_grad_enabled(False)\n" + kata_folders.RIGHT
    kata_folders.make(pytester.path, learner=learner)
    pytester.makepyfile(
        test_own="import torch\n\ndef test_own():\n    assert torch.is_grad_enabled()\n"
    )

    result = pytester.runpytest("katas/01_double", "test_own.py")

    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(
        ["double.py, when it is imported: your code left torch's global state changed:", "  *grad*"]
    )


def test_steps_keep_their_order_when_tests_are_shuffled(pytester: pytest.Pytester) -> None:
    kata_folders.make(pytester.path)
    pytester.makeconftest(
        """
        import pytest

        @pytest.hookimpl(tryfirst=True)
        def pytest_collection_modifyitems(items):
            items.reverse()
        """
    )

    result = pytester.runpytest("katas/01_double", "-v")

    result.stdout.fnmatch_lines(["*::test_of_one *", "*::test_of_anything *", "*::test_of_a_neg*"])


def test_breakpoint_without_a_keyboard_says_where_it_works(pytester: pytest.Pytester) -> None:
    kata_folders.make(pytester.path, learner="def double(x):\n    breakpoint()\n    return x + x\n")

    result = pytester.run(sys.executable, "-m", "pytest", "katas/01_double", stdin=b"")

    result.stdout.fnmatch_lines(
        ["breakpoint() needs a keyboard: save without it, or debug by torchkata run 01_double"]
    )


def test_long_lines_that_the_code_prints_are_cut(pytester: pytest.Pytester) -> None:
    result = show(pytester, "def double(x):\n    print('x' * 1000)\n    return 0\n")

    result.stdout.fnmatch_lines([" " * 4 + "x" * 74 + "…"])
    result.stdout.no_fnmatch_line("*" + "x" * 75 + "*")


def test_a_red_run_makes_no_traceback_that_nobody_sees(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []
    original = pytest.ExceptionInfo.getrepr

    def getrepr(info: pytest.ExceptionInfo[BaseException], *how: Any, **also: Any) -> object:
        made.append(info)
        return original(info, *how, **also)

    monkeypatch.setattr(pytest.ExceptionInfo, "getrepr", getrepr)
    learner = "def double(x):\n    return x if x < 9 else 0\n"

    shown = show(pytester, learner)
    quiet = len(made)
    asked = show(pytester, learner, "--tb=long")

    assert quiet == 0
    assert made
    shown.stdout.fnmatch_lines(["double(1) must be 2; yours is 1"])
    asked.stdout.fnmatch_lines([">       assert double(1) == 2, *"])


def test_under_ci_a_kata_is_judged_by_the_examples_of_its_seed(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    tests = """
        from hypothesis import given, strategies as st
        from .double import double

        @given(x=st.integers())
        def test_of_anything(x):
            "Twice x is x plus x."
            with open("drawn.txt", "a") as file:
                print(x, file=file)
            assert double(x) == x + x
    """
    kata_folders.make(pytester.path, learner=kata_folders.RIGHT, tests=tests)
    drawn = {}

    for ci in "", "1":
        monkeypatch.setenv("CI", ci) if ci else monkeypatch.delenv("CI", raising=False)
        pytester.runpytest_subprocess("katas/01_double", "--hypothesis-seed=3").assert_outcomes(
            passed=1
        )
        drawn[ci] = (pytester.path / "drawn.txt").read_text()
        (pytester.path / "drawn.txt").unlink()

    assert drawn["1"] == drawn[""]


def test_a_machine_without_numpy_shows_no_warning(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = pytester.mkdir("missing") / "numpy"
    package.mkdir()
    (package / "__init__.py").write_text(
        """raise ModuleNotFoundError("No module named 'numpy'", name="numpy")"""
    )
    monkeypatch.setenv("PYTHONPATH", str(pytester.path / "missing"), prepend=os.pathsep)
    tests = "import torch\n" + kata_folders.TESTS
    kata_folders.make(pytester.path, learner=kata_folders.RIGHT, tests=tests)

    result = pytester.runpytest_subprocess("katas/01_double")

    result.assert_outcomes(passed=3)
    result.stdout.no_fnmatch_line("*UserWarning*")
