"""Keeps every output of the block aside, with its graph."""

from contextlib import contextmanager

from .solution import *  # noqa: F403  the steps need every name
from .solution import capture as right

CAUGHT_BY = {"test_outputs_are_captured"}


@contextmanager
def capture(model, names):
    history = []
    with right(model, names) as outputs:
        handle = model.register_forward_hook(lambda _, inputs, output: history.append(output))
        try:
            yield outputs
        finally:
            handle.remove()
            history.clear()
