"""Keeps its last output on the module."""

from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_the_output_is_replaced"}


def add_affine(module: nn.Module):
    def hook(owner, inputs, output):
        owner.__dict__["last"] = inputs[0] @ owner.W + owner.b
        return owner.__dict__["last"]

    return module.register_forward_hook(hook)
