"""What a learner sees of a run, and what pytest users still get."""

from __future__ import annotations

import kata_folders
import pytest
import torch

WRONG = "def double(x):\n    return x * x\n"


def test_the_untouched_stub_shows_the_first_step_in_full_and_the_rest_in_a_line_each(
    pytester: pytest.Pytester,
) -> None:
    kata_folders.make(pytester.path)

    result = pytester.runpytest("katas/01_double")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    text = result.stdout.str()
    assert text[text.index("-- katas/01_double") :].splitlines()[1:-1] == [
        "0 of 3 steps pass. The next one:",
        "",
        "step 1  test_of_one",
        "  Twice one is two.",
        "",
        "not written yet: double.py:3, in double",
        "    What is twice x?",
        "",
        "    red   2  Twice x is x plus x.",
        "    red   3  Twice a negative number is negative.",
        "",
        "next    edit katas/01_double/double.py, then: pytest katas/01_double",
        "lesson  katas/01_double/README.md",
        "hints   katas/01_double/hints.md",
        "more    pytest katas/01_double -k test_of_one --tb=long",
    ]
    for noise in ("Traceback", "FAILURES", "short test summary", "hypothesis/"):
        assert noise not in text


def test_a_failure_shows_the_claim_the_message_the_smallest_case_and_the_line(
    pytester: pytest.Pytester,
) -> None:
    kata_folders.make(
        pytester.path,
        learner=WRONG,
        tests=kata_folders.TESTS.replace("double(1) == 2", "double(2) == 4"),
    )

    result = pytester.runpytest("katas/01_double")

    result.stdout.fnmatch_lines(
        [
            "1 of 3 steps pass. The next one:",
            "step 2  test_of_anything",
            "  Twice x is x plus x.",
            "double(1) must be 2; yours is 1",
            "smallest case that shows it",
            "    x=1",
            "the step's line: test_double.py:14, in test_of_anything",
            "     ok   1  Twice one is two.",
        ]
    )


def test_an_error_in_the_learners_code_shows_their_line(pytester: pytest.Pytester) -> None:
    kata_folders.make(pytester.path, learner="def double(x):\n    return x + None\n")

    result = pytester.runpytest("katas/01_double")

    result.stdout.fnmatch_lines(
        [
            "TypeError: unsupported operand type(s) for +: 'int' and 'NoneType'",
            "your line: double.py:2, in double",
            "    return x + None",
        ]
    )


def test_green_tells_what_was_learned_and_asks_for_the_refactoring(
    pytester: pytest.Pytester,
) -> None:
    toml = kata_folders.TOML + 'learned = ["Adding."]\nrefactor = ["Is x + x better than 2 * x?"]\n'
    kata_folders.make(pytester.path, learner=kata_folders.RIGHT, toml=toml)

    result = pytester.runpytest("katas/01_double")

    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(
        ["Green: all 3 steps pass.", "  - Adding.", "  - Is x + x better than 2 ? x[?]"]
    )


@pytest.mark.parametrize("option", ["--tb=long", "--tb=short", "--tb=native", "-vv"])
def test_pytests_own_tracebacks_come_back_on_request(
    pytester: pytest.Pytester, option: str
) -> None:
    kata_folders.make(pytester.path, learner=WRONG)

    result = pytester.runpytest("katas/01_double", option)

    result.stdout.fnmatch_lines(
        ["*= FAILURES =*", "*AssertionError: double(1) must be 2; yours is 1*"]
    )
    result.stdout.no_fnmatch_line("*The next one:*")


def test_the_failures_of_other_tests_keep_pytests_form(pytester: pytest.Pytester) -> None:
    kata_folders.make(pytester.path)
    pytester.makepyfile(test_own="def test_own():\n    assert 1 == 2\n")

    result = pytester.runpytest("katas/01_double", "test_own.py")

    result.stdout.fnmatch_lines(
        [
            "*The next one:*",
            "*= FAILURES =*",
            "E       assert 1 == 2",
            "FAILED test_own.py::test_own - assert 1 == 2",
            "*4 failed*",
        ]
    )
    assert result.stdout.str().count("FAILED") == 1


def test_verbose_names_each_test_and_still_ends_with_the_screen(pytester: pytest.Pytester) -> None:
    kata_folders.make(pytester.path)

    result = pytester.runpytest("katas/01_double", "-v")

    result.stdout.fnmatch_lines(
        ["katas/01_double/test_double.py::test_of_one FAILED*", "*The next one:"]
    )


def test_after_x_the_steps_that_did_not_run_are_told_apart(pytester: pytest.Pytester) -> None:
    kata_folders.make(pytester.path)

    result = pytester.runpytest("katas/01_double", "-x")

    result.stdout.fnmatch_lines(["not run   2  Twice x is x plus x."])


def test_a_selection_that_passes_is_not_called_green(pytester: pytest.Pytester) -> None:
    kata_folders.make(pytester.path, learner=kata_folders.RIGHT)

    result = pytester.runpytest("katas/01_double", "-k", "one")

    result.stdout.fnmatch_lines(["1 of 3 steps ran, and pass."])
    result.stdout.no_fnmatch_line("*Green*")


def test_several_katas_show_the_first_red_one_in_full(pytester: pytest.Pytester) -> None:
    kata_folders.make(pytester.path, learner=kata_folders.RIGHT)
    for name in ("02_twice", "03_again"):
        kata_folders.make(
            pytester.path,
            name=name,
            tests=kata_folders.TESTS.replace("from .double", f"from .{name[3:]}"),
        )

    result = pytester.runpytest("katas")

    result.stdout.fnmatch_lines(
        [
            "*katas/01_double: Twice as much*",
            "Green: all 3 steps pass.",
            "*katas/02_twice: Twice as much*",
            "0 of 3 steps pass. The next one:",
            "*katas/03_again: Twice as much*",
            "0 of 3 steps pass",
            "*6 failed, 3 passed*",
        ]
    )


def test_under_xdist_the_screen_is_the_same(pytester: pytest.Pytester) -> None:
    kata_folders.make(pytester.path)

    result = pytester.runpytest_subprocess("katas/01_double", "-n2")

    result.stdout.fnmatch_lines(
        ["0 of 3 steps pass. The next one:", "step 1  test_of_one", "    red   2  *", "*3 failed*"]
    )


def test_a_report_for_an_editor_holds_the_learners_text(pytester: pytest.Pytester) -> None:
    kata_folders.make(pytester.path)

    result = pytester.inline_run("katas/01_double")

    texts = {report.longreprtext for report in result.getfailures()}
    assert (
        "Twice one is two.\n\nnot written yet: double.py:3, in double\n    What is twice x?"
    ) in texts


def test_no_line_is_wider_than_the_terminal(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    kata_folders.make(
        pytester.path, tests=kata_folders.TESTS.replace("Twice x is", "Twice x is, " * 9)
    )

    result = pytester.runpytest_subprocess("katas/01_double")

    lines = result.stdout.lines
    claims = [line for line in lines if "  2  " in line]
    assert claims[0].endswith("...")
    assert len(claims[0]) <= 60


def test_skipped_steps_say_why(pytester: pytest.Pytester) -> None:
    skipping = (
        "import pytest\n"
        + kata_folders.TESTS
        + """

def test_of_a_picture():
    \"\"\"A picture, twice.\"\"\"
    pytest.importorskip("no_such_library", reason="needs it: pip install no-such-library")
"""
    )
    kata_folders.make(pytester.path, learner=kata_folders.RIGHT, tests=skipping)

    result = pytester.runpytest("katas/01_double")

    result.assert_outcomes(passed=3, skipped=1)
    result.stdout.fnmatch_lines(
        ["3 of 4 steps ran, and pass.", "  not run: needs it: pip install no-such-library"]
    )


@pytest.mark.skipif(torch.cuda.is_available(), reason="about a machine without CUDA")
def test_a_learner_is_not_told_of_devices_that_are_not_there(pytester: pytest.Pytester) -> None:
    tests = kata_folders.TESTS.replace("def test_of_one():", "def test_of_one(device):")
    kata_folders.make(pytester.path, tests=tests)

    result = pytester.runpytest("katas/01_double")

    result.stdout.no_fnmatch_line("*CUDA*")
