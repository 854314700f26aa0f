"""Deterministic algorithms for one test, and the operation that has no deterministic form."""

from __future__ import annotations

import os
from contextlib import suppress

import pytest
import torch

from pytest_torchkata.determinism import deterministic, operation_without


def test_everything_is_set_and_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", True)

    with suppress(ZeroDivisionError), deterministic():
        assert torch.are_deterministic_algorithms_enabled()
        assert torch.backends.cudnn.deterministic
        assert not torch.backends.cudnn.benchmark
        assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
        raise ZeroDivisionError

    assert not torch.are_deterministic_algorithms_enabled()
    assert torch.backends.cudnn.benchmark
    assert not torch.backends.cudnn.deterministic
    assert "CUBLAS_WORKSPACE_CONFIG" not in os.environ


def test_flags_that_torch_s_test_tools_have_frozen_are_set_and_put_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    flags = torch.backends.flags_frozen.__globals__
    monkeypatch.setitem(flags, "__allow_nonbracketed_mutation_flag", False)

    with deterministic():
        assert torch.backends.cudnn.deterministic

    assert not torch.backends.cudnn.deterministic
    assert torch.backends.flags_frozen()


def test_the_user_s_workspace_of_cublas_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":16:8")

    with deterministic():
        assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":16:8"

    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":16:8"


def test_the_fixture_and_the_marker_last_for_their_test(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    pytester.makepyfile(
        """
        import os, pytest, torch
        from hypothesis import given, strategies as st

        def test_fixture(deterministic):
            assert torch.are_deterministic_algorithms_enabled()
            assert os.environ["CUBLAS_WORKSPACE_CONFIG"]

        @pytest.mark.torchkata_deterministic
        @given(x=st.integers())
        def test_property(x):
            assert torch.are_deterministic_algorithms_enabled()

        def test_other():
            assert not torch.are_deterministic_algorithms_enabled()
            assert "CUBLAS_WORKSPACE_CONFIG" not in os.environ
        """
    )

    result = pytester.runpytest("-p", "no:randomly", "--torchkata-guard=fail")

    result.assert_outcomes(passed=3)


def test_a_failure_names_the_operation_without_a_deterministic_form(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        """
        import torch

        def test_it(deterministic):
            torch.zeros(3).put_(torch.tensor([0]), torch.ones(1))

        def test_another(deterministic):
            raise RuntimeError("something else")
        """
    )

    result = pytester.runpytest("-p", "no:randomly")

    result.assert_outcomes(failed=2)
    said = "put_ has no deterministic form; compute it another way in this test"
    assert result.outlines.count(said) == 1
    result.stdout.no_fnmatch_line("something else has no *")


@pytest.mark.parametrize(
    ("error", "operation"),
    [
        (RuntimeError("put_ does not have a deterministic implementation, but you"), "put_"),
        (RuntimeError("kthvalue CUDA does not have a deterministic implementation"), "kthvalue"),
        (RuntimeError("no"), ""),
        (ValueError("put_ does not have a deterministic implementation"), ""),
    ],
)
def test_the_operation_is_read_from_torch_s_message(error: Exception, operation: str) -> None:
    assert operation_without(error) == operation
