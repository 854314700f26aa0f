"""Does not expect None."""

from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_input_gradients_are_normalized"}


def normalize_grad_inputs(module: nn.Module):
    def hook(_, grads, __):
        total = sum(g.sum() for g in grads)
        if total == 0:
            return None
        return tuple(g / total for g in grads)

    return module.register_full_backward_hook(hook)
