"""The markers `torchkata_forbid` and `torchkata_require`, as a suite uses them."""

from __future__ import annotations

import pytest


def test_a_marked_test_fails_with_the_line_that_called_the_operation(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        code="""
        import torch

        def activate(x):
            return x.sigmoid()
        """,
        test_it="""
        import pytest, torch
        import code_ as code

        @pytest.mark.torchkata_forbid("torch.sigmoid", within="code_.py", reason="do it")
        def test_own_use_is_allowed():
            torch.sigmoid(torch.zeros(1))

        @pytest.mark.torchkata_forbid("torch.sigmoid", within="code_.py", reason="do it")
        def test_forbidden():
            code.activate(torch.zeros(1))
        """,
    )
    (pytester.path / "code.py").rename(pytester.path / "code_.py")

    result = pytester.runpytest("-p", "no:randomly", "--strict-markers")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*ForbiddenOperation: *, and was called as torch.Tensor.sigmoid",
            "*at code_.py:4, in activate",
            "*return x.sigmoid()",
            "*why: do it",
        ]
    )


def test_a_required_operation_that_is_not_called_fails_the_test(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        """
        import pytest, torch

        @pytest.mark.torchkata_require("torch.gather")
        def test_without():
            pass

        @pytest.mark.torchkata_require("torch.gather", times=1)
        def test_with():
            torch.gather(torch.zeros(1), 0, torch.tensor([0]))
        """
    )

    result = pytester.runpytest("--strict-markers")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        ["*MissingOperation: torch.gather was never called; it must be called at least once"]
    )


def test_an_operation_that_torch_does_not_have_is_refused_with_what_may_be_meant(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.torchkata_forbid("torch.sigmiod")
        def test_typo():
            pass
        """
    )

    result = pytester.runpytest()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*ValueError: torch has no operation 'torch.sigmiod'. Did you mean *sigmoid*"]
    )
