"""Divides in place."""

from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_normalizing_is_a_hook"}


def normalize_grad_inputs(module: nn.Module):
    def hook(_, grads, __):
        total = sum(g.sum() for g in grads if g is not None)
        if total == 0:
            return None
        for g in grads:
            if g is not None:
                g.div_(total)

    return module.register_full_backward_hook(hook)
