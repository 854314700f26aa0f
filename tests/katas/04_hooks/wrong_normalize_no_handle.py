"""Returns no handle."""

# What pyright says of this mistake is beside the point.
# pyright: reportArgumentType=false
# pyright: reportAssignmentType=false

from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_input_gradients_are_normalized", "test_normalizing_is_a_hook"}


def normalize_grad_inputs(module: nn.Module):
    def hook(_, grads, __):
        total = sum(g.sum() for g in grads if g is not None)
        if total == 0:
            return None
        return tuple(None if g is None else g / total for g in grads)

    module.register_full_backward_hook(hook)
