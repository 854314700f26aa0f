"""The quick mode: no planted error is missed, whatever the seed."""

from __future__ import annotations

import pytest
import torch
from gradients_planted import PLANTED, Planted

from pytest_torchkata import GradcheckError, gradcheck


@pytest.mark.parametrize("planted", [each for each in PLANTED if each.size <= 512], ids=str)
def test_a_planted_error_is_found_and_then_judged(planted: Planted) -> None:
    with pytest.raises(GradcheckError, match="Jacobian mismatch for output 0") as caught:
        gradcheck(planted.function(), planted.input(), fast_mode=True)

    (mismatch,) = caught.value.mismatches
    assert mismatch.output_index == (planted.row,)
    assert mismatch.failing == (1 if planted.kind in ("sign", "percent") else 2)


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_no_planted_error_is_missed(planted: Planted) -> None:
    # What the quick check finds would take the exact one more evaluations than it may use.
    with pytest.raises(ValueError, match="the quick check found a difference"):
        gradcheck(planted.function(), planted.input(), fast_mode=True, max_evaluations=10)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("planted", PLANTED[8:12], ids=str)
def test_it_is_found_from_every_seed(planted: Planted, seed: int) -> None:
    torch.manual_seed(seed)

    with pytest.raises(ValueError, match="the quick check found a difference"):
        gradcheck(planted.function(), planted.input(), fast_mode=True, max_evaluations=10)


@pytest.mark.parametrize("planted", PLANTED[::4], ids=str)
def test_the_right_derivative_passes(planted: Planted) -> None:
    assert gradcheck(planted.function(right=True), planted.input(), fast_mode=True)


def test_there_are_46_of_them_and_torchs_fast_mode_misses_most() -> None:
    small = [each for each in PLANTED if each.size <= 256]

    missed = [
        each
        for each in small
        if torch.autograd.gradcheck(
            each.function(), (each.input(),), fast_mode=True, raise_exception=False
        )
    ]

    assert len(PLANTED) == 46
    assert len(missed) > len(small) / 2
