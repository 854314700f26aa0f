"""How a failed gradient check was made, shown with -vv."""

from __future__ import annotations

import pytest


def add(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """A section of the report that says what could not be checked in batches, and why."""
    if call.excinfo is None or item.config.get_verbosity() < 2:
        return
    error = call.excinfo.value
    # By name: importing the class would import torch.
    if type(error).__module__ != "pytest_torchkata.gradients._errors":
        return
    notes = dict.fromkeys(getattr(error, "notes", ()))
    if notes:
        item.add_report_section(call.when, "gradient check", "\n".join(notes))
