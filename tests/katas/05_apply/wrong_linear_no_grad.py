"""Computes under no_grad."""

import torch

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function

CAUGHT_BY = {"test_forward_becomes_linear"}


def linearize(module):
    if _is_function(module):
        module.forward = torch.no_grad()(lambda x: x @ module.W.T + module.b)
