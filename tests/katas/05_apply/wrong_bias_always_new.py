"""Replaces a b that is there."""

import torch
from torch import nn

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function

CAUGHT_BY = {"test_a_bias_that_is_there_stays"}


def add_bias(module):
    if _is_function(module):
        module.b = nn.Parameter(torch.randn(module.W.shape[0]).to(module.W))
