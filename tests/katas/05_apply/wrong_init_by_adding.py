"""Adds what is missing to 1: NaN stays NaN."""

import torch
from torch import nn

from .solution import add_bias, count_applied, linearize, show_names

__all__ = ["add_bias", "count_applied", "init_weights", "linearize", "show_names"]
CAUGHT_BY = {"test_weights_become_ones"}


def init_weights(module: nn.Module) -> None:
    if type(module).__name__.startswith("Function_"):
        with torch.no_grad():
            for parameter in (module.W, module.b):
                parameter.add_(1 - parameter)
