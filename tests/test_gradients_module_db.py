"""The verdict of torch's slow mode on the modules of torch's own database, with parameters."""

from __future__ import annotations

import pytest
from torch_test_tools import numbers_printed_by

PARTS = 6


@pytest.mark.parametrize("part", range(PARTS))
def test_the_verdict_on_torchs_modules_is_that_of_its_slow_mode(part: int) -> None:
    (compared,) = numbers_printed_by("module_verdicts.py", part, PARTS)

    assert compared >= 10
