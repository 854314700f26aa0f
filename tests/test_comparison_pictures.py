"""Heat maps of failed comparisons, for those who ask for them."""

from __future__ import annotations

import importlib.util

import pytest
import torch
from torch import Tensor

from pytest_torchkata import assert_close
from pytest_torchkata.comparison._evidence import Evidence
from pytest_torchkata.comparison._picture import cells

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


def evidence_of(actual: Tensor, expected: Tensor, equal_nan: bool = False) -> Evidence:
    with pytest.raises(AssertionError) as caught:
        assert_close(actual, expected, equal_nan=equal_nan)
    (finding,) = caught.value.args[0].found
    assert finding.evidence is not None
    return finding.evidence  # type: ignore[no-any-return]  # what was raised has no type


@pytest.mark.parametrize("shape", [(1000,), (3000, 700), (4, 300, 515), (2_000_003,), (7, 3), ()])
def test_no_mismatch_falls_between_the_cells(shape: tuple[int, ...]) -> None:
    expected = torch.zeros(shape)
    for place in {0, 7 % expected.numel(), expected.numel() // 3, expected.numel() - 1}:
        actual = expected.clone()
        actual.view(-1)[place] = 3

        worst, height, width = cells(evidence_of(actual, expected))

        columns = shape[-1] if shape else 1
        row, column = divmod(place, columns)
        assert max(worst.shape) <= 512
        assert worst[row // height, column // width] == 3
        assert worst.sum() == 3


@pytest.mark.parametrize("transposed", [False, True])
def test_a_cell_shows_its_worst_element(transposed: bool) -> None:
    actual = torch.rand(1030, 1500)
    expected = torch.zeros(1030, 1500)
    if transposed:
        actual, expected = actual.T.contiguous().T, expected.T.contiguous().T

    worst, height, width = cells(evidence_of(actual, expected))

    assert (height, width) == (3, 3)
    assert worst[5, 7] == actual[15:18, 21:24].max().double()
    assert worst[343, 499] == actual[1029:, 1497:].max().double()


def test_what_is_accepted_though_it_is_not_finite_is_not_shown() -> None:
    nan, inf = float("nan"), float("inf")
    actual = torch.tensor([1.0, inf, nan, nan, inf, 2.0])
    expected = torch.tensor([2.0, inf, nan, 1.0, -inf, 2.0])

    worst, _, _ = cells(evidence_of(actual, expected, equal_nan=True))

    assert worst.tolist() == [[1, 0, 0, inf, inf, 0]]


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
