"""The verdict equals torch's on the outputs of torch's own operator database."""

from __future__ import annotations

import pytest
from torch_test_tools import numbers_printed_by

PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
def test_the_verdict_on_operator_outputs_is_that_of_torch(part: int) -> None:
    compared, failed = numbers_printed_by("operator_verdicts.py", part, PARTS)

    assert compared > 5000
    assert failed > 2000
