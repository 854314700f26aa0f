"""A forward hook that doubles the output."""

from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_positional_tensors_are_doubled", "test_doubling_is_a_hook"}


def double_inputs(module: nn.Module):
    def hook(_, inputs, output):
        return 2 * output

    return module.register_forward_hook(hook)
