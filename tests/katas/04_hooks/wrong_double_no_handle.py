"""Returns no handle."""

# What pyright says of this mistake is beside the point.
# pyright: reportAssignmentType=false

from torch import Tensor, nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_doubling_is_a_hook"}


def double_inputs(module: nn.Module):
    def hook(_, inputs):
        return tuple(2 * x if isinstance(x, Tensor) else x for x in inputs)

    module.register_forward_pre_hook(hook)
