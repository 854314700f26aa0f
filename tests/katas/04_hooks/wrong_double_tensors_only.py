"""Leaves out the inputs that are no tensors."""

from torch import Tensor, nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_positional_tensors_are_doubled"}


def double_inputs(module: nn.Module):
    def hook(_, inputs):
        return tuple(2 * each for each in inputs if isinstance(each, Tensor))

    return module.register_forward_pre_hook(hook)
