"""Hands the outputs out in float32."""

from contextlib import contextmanager

from .solution import *  # noqa: F403  the steps need every name
from .solution import capture as right

CAUGHT_BY = {"test_outputs_are_captured"}


@contextmanager
def capture(model, names):
    with right(model, names) as outputs:
        yield outputs
        outputs.update({name: output.float() for name, output in outputs.items()})
