"""`close(expected)` in plain assert statements, and what pytest shows of it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from pytest_torchkata import assert_not_close, close


def test_close_equals_what_is_close() -> None:
    x = torch.tensor([1.0, 2.0])

    assert x == close(x + 1e-7)
    assert close(x) == x + 1e-7
    assert (x == close(x + 1)) is False
    assert x != close(x + 1)
    assert (x != close(x)) is False
    assert (x == close(x)) is True
    assert close(0.3) == 0.1 + 0.2
    assert x == close(x + 0.5, atol=1)
    assert np.ones(3) == close(np.ones(3))
    assert np.ones(3) != close(np.zeros(3))
    assert np.float64(1) == close(np.float64(1))
    assert torch.nn.Parameter(x) == close(x)
    assert torch.tensor([torch.nan]) == close(torch.tensor([torch.nan]), equal_nan=True)


def test_close_compares_inside_structures() -> None:
    x = torch.tensor([1.0, 2.0])

    assert {"a": x, "b": 3} == {"a": close(x), "b": 3}
    assert [x, [x]] == [close(x), [close(x + 1e-7)]]
    given: object = (x, 1)
    assert given == (close(x), 1)
    assert {"a": x, "b": [x]} == close({"a": x, "b": [x]})
    assert {"a": x} != {"a": close(x + 1)}


def test_a_dataclass_may_hold_it() -> None:
    @dataclasses.dataclass
    class Result:
        loss: object

    assert Result(torch.ones(2)) == Result(close(torch.ones(2)))
    assert Result(torch.ones(2)) != Result(close(torch.zeros(2)))


def test_close_has_a_short_repr() -> None:
    assert repr(close(0.5, atol=0.1)) == "close(0.5, atol=0.1)"
    assert repr(close(torch.zeros(10, 10))) == "close(<float32 tensor of shape (10, 10)>)"
    assert repr(close(torch.zeros(2), equal_nan=True)) == "close(tensor([0., 0.]), equal_nan=True)"


def test_close_is_not_hashable() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(close(1.0))


def test_close_refuses_what_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="atol must be a number >= 0, got -1"):
        close(1.0, atol=-1)
    with pytest.raises(TypeError, match="No comparison pair"):
        assert torch.ones(2) == close(object())


def test_other_functions_of_torch_refuse_it() -> None:
    with pytest.raises(TypeError):
        torch.add(torch.ones(2), close(torch.ones(2)))  # type: ignore[call-overload]  # that is the test


def test_assert_not_close() -> None:
    x = torch.tensor([1.0, 2.0])

    assert_not_close(x, x + 1)
    assert_not_close(x, torch.ones(3))
    assert_not_close({"a": x}, {"b": x})
    assert_not_close(1, 2)
    assert_not_close(x, x + 1e-3)
    with pytest.raises(AssertionError, match=r"^mine$"):
        assert_not_close(x, x + 1e-3, atol=1, msg="mine")
    with pytest.raises(TypeError, match="No comparison pair"):
        assert_not_close(x, object())
    with pytest.raises(ValueError, match="meta tensor"):
        assert_not_close(x.to("meta"), x.to("meta"))


def test_what_assert_not_close_says() -> None:
    x = torch.tensor([1.0, 2.0])
    with pytest.raises(AssertionError) as caught:
        assert_not_close({"a": x, "b": x}, {"a": x, "b": x + 0.5}, atol=1)
    assert str(caught.value) == (
        "Everything is close, and was expected to differ!\n\n"
        "Compared: 2 values; the greatest difference is 0.5\n"
        "Allowed: 1 + 1.3e-06 × |expected| (atol given, rtol float32 default)"
    )
    with pytest.raises(AssertionError) as caught:
        assert_not_close(x, x.clone())
    assert str(caught.value) == (
        "Everything is close, and was expected to differ!\n\n"
        "Compared: 2 elements (shape (2,)), all equal"
    )


SUITE = """
    import torch
    from pytest_torchkata import assert_close, close

    def test_plain():
        x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0]])
        assert 2 * x == close(x)

    def test_nested():
        x = torch.tensor([1.0, 2.0, 4.0])
        assert {"a": [x], "n": 3} == {"a": [close(x + 1)], "n": 4}

    def test_function():
        x = torch.randn(100)
        assert_close(x, torch.randn(100))

    def test_unrelated():
        assert [1] == [2]
"""


def test_pytest_shows_the_report(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)
    pytester.makepyfile(SUITE)

    result = pytester.runpytest("-p", "no:randomly", "--color=no")

    result.assert_outcomes(failed=4)
    result.stdout.fnmatch_lines(
        [
            "E*assert *close(*",
            "*Mismatched elements: 6 / 6*",
            "*the whole comparison*",
            "  diagnosis   actual = 2 × expected, everywhere*",
        ]
    )
    result.stdout.fnmatch_lines(
        ["*All 2 values compared differ*", "*diagnosis   actual = expected - 1, everywhere"]
    )
    result.stdout.fnmatch_lines(["*assert [[]1[]] == [[]2[]]*"])


def test_the_report_is_whole_with_vv(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SUITE)

    result = pytester.runpytest("-vv", "-p", "no:randomly", "--color=no", "-k", "plain")

    result.stdout.fnmatch_lines(["E*diagnosis   actual = 2 × expected, everywhere*"])
    result.stdout.no_fnmatch_line("*the whole comparison*")


def test_verbosity_shows_more_elements(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SUITE)
    counts = []

    for flag in ("-q", "-v", "-vv"):
        result = pytester.runpytest(flag, "-p", "no:randomly", "--color=no", "-k", "function")
        counts.append(len(result.outlines))

    assert counts[0] < counts[1] < counts[2]


def test_without_a_comparison_torch_is_not_imported(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_it():
            try:
                assert [1] == [2]
            except AssertionError:
                pass
            assert "torch" not in sys.modules
        """
    )

    result = pytester.runpytest_subprocess("-p", "no:randomly")

    result.assert_outcomes(passed=1)
