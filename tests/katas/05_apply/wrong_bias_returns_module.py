"""Returns the module."""

import torch
from torch import nn

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function

CAUGHT_BY = {"test_a_bias_is_added"}


def add_bias(module):
    if _is_function(module) and not hasattr(module, "b"):
        module.b = nn.Parameter(torch.randn(module.W.shape[0]).to(module.W))
        return module
