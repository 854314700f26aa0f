"""Registers the hook on every submodule, too: the inputs are doubled again and again."""

from torch import Tensor, nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_doubling_is_a_hook"}


def double_inputs(module: nn.Module):
    def hook(_, inputs):
        return tuple(each * 2 if isinstance(each, Tensor) else each for each in inputs)

    handles = [each.register_forward_pre_hook(hook) for each in module.modules()]
    return handles[0]
