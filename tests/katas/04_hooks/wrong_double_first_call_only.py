"""Remembers the first doubled inputs, and uses them in every call."""

from torch import Tensor, nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_doubling_is_a_hook"}


def double_inputs(module: nn.Module):
    kept = []

    def hook(_, inputs):
        if not kept:
            kept.append(tuple(2 * x if isinstance(x, Tensor) else x for x in inputs))
        return kept[0]

    return module.register_forward_pre_hook(hook)
