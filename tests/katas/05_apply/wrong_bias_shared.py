"""One b for all modules of the same size."""

import torch
from torch import nn

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function

CAUGHT_BY = {"test_the_bias_is_random"}

KNOWN: dict = {}


def add_bias(module):
    if _is_function(module) and not hasattr(module, "b"):
        rows = module.W.shape[0]
        if rows not in KNOWN:
            KNOWN[rows] = torch.randn(rows).to(module.W)
        module.b = nn.Parameter(KNOWN[rows].to(module.W))
