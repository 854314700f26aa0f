"""Uses W transposed where that fits."""

from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_the_output_is_replaced"}


def add_affine(module: nn.Module):
    def hook(owner, inputs, output):
        W = owner.W.T if owner.W.shape[0] == owner.W.shape[1] else owner.W
        return inputs[0] @ W + owner.b

    return module.register_forward_hook(hook)
