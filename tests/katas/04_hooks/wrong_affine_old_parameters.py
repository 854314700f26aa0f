"""Reads W and b once, when it is registered."""

from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_the_output_is_replaced"}


def add_affine(module: nn.Module):
    W, b = module.W, module.b

    def hook(owner, inputs, output):
        return inputs[0] @ W + b

    return module.register_forward_hook(hook)
