"""Computes the output and does not return it."""

# ruff: noqa: F841  the mistake itself

from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_the_output_is_replaced"}


def add_affine(module: nn.Module):
    def hook(owner, inputs, output):
        output = inputs[0] @ owner.W + owner.b

    return module.register_forward_hook(hook)
