"""Doubles floating tensors only."""

from torch import Tensor, nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_positional_tensors_are_doubled"}


def double_inputs(module: nn.Module):
    def hook(_, inputs):
        return tuple(
            2 * x if isinstance(x, Tensor) and x.is_floating_point() else x for x in inputs
        )

    return module.register_forward_pre_hook(hook)
