"""Adds to the output in place of replacing it."""

from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_the_output_is_replaced"}


def add_affine(module: nn.Module):
    def hook(owner, inputs, output):
        y = inputs[0] @ owner.W + owner.b
        return y if output is None else output + y

    return module.register_forward_hook(hook)
