"""Replaces forward of the instance; the handle takes off nothing."""

from torch import Tensor, nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_doubling_is_a_hook"}


def double_inputs(module: nn.Module):
    forward = module.forward

    def doubled(*inputs, **named):
        return forward(*(2 * x if isinstance(x, Tensor) else x for x in inputs), **named)

    module.forward = doubled

    return module.register_forward_pre_hook(lambda *_: None)
