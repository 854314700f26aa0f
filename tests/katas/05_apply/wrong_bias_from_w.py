"""Takes the first column of W."""

from torch import nn

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function

CAUGHT_BY = {"test_the_bias_is_random"}


def add_bias(module):
    if _is_function(module) and not hasattr(module, "b"):
        module.b = nn.Parameter(module.W.detach()[:, 0].clone())
