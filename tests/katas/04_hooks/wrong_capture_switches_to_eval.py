"""Switches the model to eval mode for the block, and does not switch it back."""

from contextlib import contextmanager

from .solution import *  # noqa: F403  the steps need every name
from .solution import capture as right

CAUGHT_BY = {"test_outputs_are_captured"}


@contextmanager
def capture(model, names):
    with right(model, names) as outputs:
        model.eval()
        yield outputs
