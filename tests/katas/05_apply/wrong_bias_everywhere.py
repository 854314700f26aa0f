"""Gives a bias to every module with W."""

import torch
from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_a_bias_that_is_there_stays"}


def add_bias(module):
    if hasattr(module, "W") and not hasattr(module, "b"):
        module.b = nn.Parameter(torch.randn(module.W.shape[0]).to(module.W))
