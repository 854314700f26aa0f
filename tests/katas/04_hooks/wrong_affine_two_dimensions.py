"""torch.addmm: works for two dimensions only."""

import torch
from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_the_output_is_replaced"}


def add_affine(module: nn.Module):
    def hook(owner, inputs, output):
        return torch.addmm(owner.b, inputs[0], owner.W)

    return module.register_forward_hook(hook)
