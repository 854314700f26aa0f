"""Gives the children of a Function_ module a bias, too."""

import torch
from torch import nn

from .solution import add_bias as right
from .solution import count_applied, init_weights, linearize, show_names

__all__ = ["add_bias", "count_applied", "init_weights", "linearize", "show_names"]
CAUGHT_BY = {"test_a_bias_that_is_there_stays"}


def add_bias(module: nn.Module) -> None:
    right(module)
    if type(module).__name__.startswith("Function_"):
        for child in module.children():
            if hasattr(child, "weight") and not hasattr(child, "b"):
                child.b = nn.Parameter(torch.randn(len(child.weight)))
