"""Keeps the inputs on the module."""

from torch import Tensor, nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_doubling_is_a_hook"}


def double_inputs(module: nn.Module):
    def hook(owner, inputs):
        owner.seen = [2 * x if isinstance(x, Tensor) else x for x in inputs]
        return tuple(owner.seen)

    return module.register_forward_pre_hook(hook)
