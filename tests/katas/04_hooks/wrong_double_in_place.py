"""Doubles the caller's tensors in place."""

from torch import Tensor, nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_positional_tensors_are_doubled", "test_doubling_is_a_hook"}


def double_inputs(module: nn.Module):
    def hook(_, inputs):
        for each in inputs:
            if isinstance(each, Tensor):
                each.data.mul_(2)

    return module.register_forward_pre_hook(hook)
