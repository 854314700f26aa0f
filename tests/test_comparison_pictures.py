"""Heat maps of failed comparisons, for those who ask for them."""

from __future__ import annotations

import importlib.util

import pytest

SUITE = """
    import torch
    from pytest_torchkata import assert_close, close

    def test_function():
        x = torch.rand(30, 40)
        y = x.clone()
        y[3, 4:9] += torch.rand(5)
        y[7, 7] = float("nan")
        assert_close({"a": y, "b": 1}, {"a": x, "b": 1})

    def test_close():
        assert torch.ones(3, 2, 1000) == close(torch.zeros(3, 2, 1000))

    def test_without_values():
        assert_close(torch.ones(3), torch.ones(4))
        assert False
"""

# Imported here, so that runs within this process do not import it each for itself.
for name in ("matplotlib.figure", "matplotlib.colors", "matplotlib.backends.backend_agg"):
    pytest.importorskip(name)


def test_a_picture_is_saved_for_each_failed_comparison(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SUITE)

    result = pytester.runpytest("--torchkata-artifacts=pictures", "-p", "no:randomly")

    result.assert_outcomes(failed=3)
    folder = pytester.path / "pictures"
    files = sorted(path.name for path in folder.iterdir())
    assert [name.split("py-")[1] for name in files] == ["test_close-1.png", "test_function-1.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in folder.iterdir())
    result.stdout.fnmatch_lines(["*picture of the comparison*", f"*{files[1]}"])


def test_none_is_saved_unless_asked_for(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SUITE)
    before = set(pytester.path.rglob("*.png"))

    pytester.runpytest("-p", "no:randomly")

    assert set(pytester.path.rglob("*.png")) == before


def test_pytest_html_shows_the_pictures(pytester: pytest.Pytester) -> None:
    pytest.importorskip("pytest_html")
    pytester.makepyfile(SUITE)

    pytester.runpytest(
        "--torchkata-artifacts=pictures",
        "--html=report.html",
        "--self-contained-html",
        "-p",
        "no:randomly",
    )

    assert (pytester.path / "report.html").read_text().count("data:image/png;base64") == 2


def test_missing_matplotlib_is_said(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec

    def without_matplotlib(name: str, package: str | None = None) -> object:
        return None if name == "matplotlib" else found(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", without_matplotlib)
    pytester.makepyfile(SUITE)

    result = pytester.runpytest("--torchkata-artifacts=pictures")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(['*not installed: pip install "pytest-torchkata[[]plots[]]"*'])


def test_a_fault_in_drawing_is_no_internal_error(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pytest_torchkata.comparison import _picture

    def broken(*args: object) -> None:
        raise KeyError("oops")

    monkeypatch.setattr(_picture, "save", broken)
    pytester.makepyfile(SUITE)

    result = pytester.runpytest("--torchkata-artifacts=pictures", "-p", "no:randomly")

    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(["*could not be drawn: KeyError: 'oops'"])
