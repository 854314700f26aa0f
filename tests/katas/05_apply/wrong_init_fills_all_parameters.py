"""Fills all parameters below a Function_ module."""

import torch
from torch import nn

from .solution import add_bias, count_applied, linearize, show_names

__all__ = ["add_bias", "count_applied", "init_weights", "linearize", "show_names"]
CAUGHT_BY = {"test_only_functions_are_filled"}


def init_weights(module: nn.Module) -> None:
    if type(module).__name__.startswith("Function_"):
        with torch.no_grad():
            for parameter in module.parameters():
                parameter.fill_(1)
