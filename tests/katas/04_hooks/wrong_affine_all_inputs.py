"""Adds up all inputs."""

from torch import Tensor, nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_the_output_is_replaced"}


def add_affine(module: nn.Module):
    def hook(owner, inputs, output):
        return sum(x for x in inputs if isinstance(x, Tensor)) @ owner.W + owner.b

    return module.register_forward_hook(hook)
