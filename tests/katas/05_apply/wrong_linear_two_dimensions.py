"""torch.addmm: works for matrices only."""

import torch

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function

CAUGHT_BY = {"test_forward_becomes_linear"}


def linearize(module):
    if _is_function(module):
        module.forward = lambda x: torch.addmm(module.b, x, module.W.T)
