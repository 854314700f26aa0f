"""Replaces forward of the class."""

from torch import Tensor, nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_doubling_is_a_hook"}


def double_inputs(module: nn.Module):
    forward = type(module).forward

    def doubled(self, *inputs, **named):
        return forward(self, *(2 * x if isinstance(x, Tensor) else x for x in inputs), **named)

    type(module).forward = doubled

    return module.register_forward_pre_hook(lambda *_: None)
