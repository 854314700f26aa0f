"""Colours of a failed comparison: on a terminal that has them, and nowhere else."""

from __future__ import annotations

import importlib.util

import pytest

from pytest_torchkata import assert_close

SUITE = """
    import torch
    from pytest_torchkata import assert_close, close

    def test_function():
        x = torch.tensor([[1.0, 2.0, 4.0], [0.5, 8.0, 0.25]])
        y = 2 * x
        try:
            assert_close(y, x)
        except AssertionError as error:
            assert "\\x1b" not in str(error)
            raise

    def test_assert():
        assert torch.tensor([1.0, 2.0, 7.0]) == close(torch.tensor([1.0, 2.0, 3.0]))

    def test_own():
        assert False, "where is it\\n  index  actual  expected\\n  1  2  3\\n  diagnosis  mine"
"""
ESCAPE = "\x1b["


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CI", "BUILD_NUMBER", "NO_COLOR", "FORCE_COLOR", "PY_COLORS"):
        monkeypatch.delenv(name, raising=False)


def coloured(pytester: pytest.Pytester, *options: str) -> str:
    pytester.makepyfile(SUITE)
    return str(pytester.runpytest("-p", "no:randomly", *options).stdout)


def test_a_terminal_with_colours_shows_them(pytester: pytest.Pytester) -> None:
    text = coloured(pytester, "--color=yes")

    diagnosis = "\x1b[36mdiagnosis\x1b[0m   \x1b[33mactual = 2 × expected, everywhere"
    assert diagnosis in text
    assert "\x1b[1mWhat differs (float32, shape (2, 3)):\x1b[0m" in text
    assert "(1, 1)      \x1b[31m16\x1b[0m\x1b[32m         8\x1b[0m" in text
    assert "\x1b[36mallowed\x1b[0m     |difference| <= " in text


def test_the_section_with_the_whole_comparison_is_coloured_too(pytester: pytest.Pytester) -> None:
    text = coloured(pytester, "--color=yes", "-k", "assert")

    section = text[text.index("the whole comparison") :]
    assert "  \x1b[36mwhere\x1b[0m       index 2 alone" in section
    assert "  2           \x1b[31m7\x1b[0m\x1b[32m         3\x1b[0m" in section


def test_what_others_say_keeps_its_colours(pytester: pytest.Pytester) -> None:
    text = coloured(pytester, "--color=yes", "-k", "own")

    assert "\x1b[31mE           diagnosis  mine\x1b[0m" in text
    assert "\x1b[31mE           1  2  3\x1b[0m" in text


def test_no_colours_where_they_are_switched_off(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ESCAPE not in coloured(pytester, "--color=no")
    assert ESCAPE not in coloured(pytester)  # not a terminal
    monkeypatch.setenv("NO_COLOR", "1")
    assert ESCAPE not in coloured(pytester)


def test_no_colours_in_files(pytester: pytest.Pytester) -> None:
    text = coloured(pytester, "--color=yes", "--junitxml=junit.xml")

    junit = (pytester.path / "junit.xml").read_text(encoding="utf-8")
    assert ESCAPE in text
    assert "diagnosis   actual = 2 × expected, everywhere" in junit
    for code in (ESCAPE, "#x1B", "[36m", "[33m"):
        assert code not in junit


def test_the_text_of_the_exception_is_plain() -> None:
    # (Loaded by this process, the comparison stays so when pytester forgets what its runs load.)
    with pytest.raises(AssertionError) as caught:
        assert_close([1.0, 2.0], [1.0, 3.0])

    assert ESCAPE not in str(caught.value)


@pytest.mark.skipif(importlib.util.find_spec("xdist") is None, reason="needs pytest-xdist")
def test_workers_failures_are_coloured(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SUITE)

    result = pytester.runpytest_subprocess("-p", "no:randomly", "--color=yes", "-n1")

    assert "\x1b[36mdiagnosis\x1b[0m   \x1b[33mactual = 2 × expected" in str(result.stdout)
