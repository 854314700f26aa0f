"""Doubles under no_grad."""

import torch
from torch import Tensor, nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_doubling_is_a_hook"}


def double_inputs(module: nn.Module):
    def hook(_, inputs):
        with torch.no_grad():
            return tuple(2 * x if isinstance(x, Tensor) else x for x in inputs)

    return module.register_forward_pre_hook(hook)
