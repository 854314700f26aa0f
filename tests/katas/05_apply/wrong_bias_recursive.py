"""Walks through the children by itself, and forgets the module."""

import torch
from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_a_bias_is_added"}


def add_bias(module):
    for child in module.children():
        child.b = nn.Parameter(torch.randn(child.W.shape[0]).to(child.W))
