"""Knows one class by its full name."""

import torch
from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_a_bias_is_added"}


def add_bias(module):
    if type(module).__name__ == "Function_Add" and not hasattr(module, "b"):
        module.b = nn.Parameter(torch.randn(module.W.shape[0]).to(module.W))
