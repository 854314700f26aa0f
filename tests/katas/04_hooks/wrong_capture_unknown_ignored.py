"""Ignores unknown names."""

from contextlib import contextmanager

from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_unknown_names_are_refused"}


@contextmanager
def capture(model: nn.Module, names):
    known = dict(model.named_modules())
    outputs: dict = {}
    handles: list = []

    def make(name):
        def hook(_, inputs, output):
            outputs[name] = output.detach()

        return hook

    names = [name for name in names if name in known]
    for name in names:
        handles.append(known[name].register_forward_hook(make(name)))
    try:
        yield outputs
    finally:
        for handle in handles:
            handle.remove()
