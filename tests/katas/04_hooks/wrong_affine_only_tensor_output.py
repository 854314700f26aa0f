"""Replaces only an output that is a tensor."""

from torch import Tensor, nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_the_output_is_replaced"}


def add_affine(module: nn.Module):
    def hook(owner, inputs, output):
        if isinstance(output, Tensor):
            return inputs[0] @ owner.W + owner.b

    return module.register_forward_hook(hook)
