"""Exchanges the data of the Parameters."""

import torch

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function

CAUGHT_BY = {"test_weights_become_ones"}


def init_weights(module):
    if _is_function(module):
        module.W.data = torch.ones_like(module.W)
        module.b.data = torch.ones_like(module.b)
