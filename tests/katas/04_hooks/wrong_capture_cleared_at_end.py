"""Empties the dict at the end."""

from contextlib import contextmanager

from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_outputs_are_captured"}


@contextmanager
def capture(model: nn.Module, names):
    known = dict(model.named_modules())
    outputs: dict = {}
    handles: list = []

    def make(name):
        def hook(_, inputs, output):
            outputs[name] = output.detach()

        return hook

    for name in names:
        if name not in known:
            raise KeyError(f"{name!r} is not one of {list(known)}")
    for name in names:
        handles.append(known[name].register_forward_hook(make(name)))
    try:
        yield outputs
    finally:
        outputs.clear()
        for handle in handles:
            handle.remove()
