"""Returns no handle."""

# What pyright says of this mistake is beside the point.
# pyright: reportAssignmentType=false

from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_the_output_is_replaced"}


def add_affine(module: nn.Module):
    def hook(owner, inputs, output):
        return inputs[0] @ owner.W + owner.b

    module.register_forward_hook(hook)
