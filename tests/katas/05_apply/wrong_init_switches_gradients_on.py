"""Switches gradients off and on again, whatever they were before."""

import torch
from torch import nn

from .solution import add_bias, count_applied, linearize, show_names

__all__ = ["add_bias", "count_applied", "init_weights", "linearize", "show_names"]
CAUGHT_BY = {"test_weights_become_ones"}


def init_weights(module: nn.Module) -> None:
    if type(module).__name__.startswith("Function_"):
        torch.set_grad_enabled(False)
        module.W.fill_(1)
        module.b.fill_(1)
        torch.set_grad_enabled(True)
