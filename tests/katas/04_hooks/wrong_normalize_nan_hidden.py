"""Leaves NaN out of the sum, and makes zeros of it."""

# What pyright says of this mistake is beside the point.
# pyright: reportArgumentType=false

from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_normalizing_is_a_hook"}


def normalize_grad_inputs(module: nn.Module):
    def hook(_, grads, __):
        total = sum(g.nansum() for g in grads if g is not None)
        if total == 0:
            return None
        return tuple(None if g is None else (g / total).nan_to_num() for g in grads)

    return module.register_full_backward_hook(hook)
