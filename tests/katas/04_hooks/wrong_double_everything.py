"""Doubles every input, also what is no tensor."""

from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_positional_tensors_are_doubled"}


def double_inputs(module: nn.Module):
    def hook(_, inputs):
        return tuple(None if each is None else 2 * each for each in inputs)

    return module.register_forward_pre_hook(hook)
