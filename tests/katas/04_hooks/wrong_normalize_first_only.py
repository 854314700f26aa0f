"""Divides the first gradient only."""

# What pyright says of this mistake is beside the point.
# pyright: reportArgumentType=false

from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_input_gradients_are_normalized"}


def normalize_grad_inputs(module: nn.Module):
    def hook(_, grads, __):
        total = sum(g.sum() for g in grads if g is not None)
        if total == 0:
            return None
        return (None if grads[0] is None else grads[0] / total, *grads[1:])

    return module.register_full_backward_hook(hook)
