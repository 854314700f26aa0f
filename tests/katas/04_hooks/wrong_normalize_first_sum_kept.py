"""Keeps the sum of the first pass."""

# What pyright says of this mistake is beside the point.
# pyright: reportArgumentType=false

from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_normalizing_is_a_hook"}


def normalize_grad_inputs(module: nn.Module):
    kept = []

    def hook(_, grads, __):
        kept.append(sum(g.sum() for g in grads if g is not None))
        total = kept[0]
        if total == 0:
            return None
        return tuple(None if g is None else g / total for g in grads)

    return module.register_full_backward_hook(hook)
