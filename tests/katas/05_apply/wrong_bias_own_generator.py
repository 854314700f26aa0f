"""Draws from a generator with a fixed seed."""

import torch
from torch import nn

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function

CAUGHT_BY = {"test_the_bias_is_random"}


def add_bias(module):
    if _is_function(module) and not hasattr(module, "b"):
        random = torch.Generator().manual_seed(0)
        module.b = nn.Parameter(torch.randn(module.W.shape[0], generator=random).to(module.W))
