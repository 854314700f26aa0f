"""The note of a gradient check that could not be made in batches."""

from __future__ import annotations

import pytest

TEST = """
import torch
from pytest_torchkata import gradcheck

def test_it():
    x = torch.ones(8, dtype=torch.float64, requires_grad=True)
    gradcheck(lambda x: (x * x.detach()).sum() * float(x.detach().sum()) ** 0, x)
"""


@pytest.mark.parametrize(("options", "shown"), [(["-vv"], True), ([], False)])
def test_why_it_was_not_made_in_batches_is_shown_with_vv(
    pytester: pytest.Pytester, options: list[str], shown: bool
) -> None:
    pytester.makepyfile(TEST)

    result = pytester.runpytest(*options)

    result.assert_outcomes(failed=1)
    text = result.stdout.str()
    assert "Jacobian mismatch for output 0 with respect to input 0," in text
    assert ("input 0 (x): one perturbation at a time" in text) is shown
