"""Doubles the first input only."""

from torch import Tensor, nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_positional_tensors_are_doubled"}


def double_inputs(module: nn.Module):
    def hook(_, inputs):
        return (2 * inputs[0], *inputs[1:]) if inputs and isinstance(inputs[0], Tensor) else inputs

    return module.register_forward_pre_hook(hook)
