"""Keeps an nn.Linear inside, whose keys join the state_dict."""

from torch import nn

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function

CAUGHT_BY = {"test_forward_of_that_instance_only"}


def linearize(module):
    if _is_function(module):
        inner = nn.Linear(1, 1)
        inner.weight, inner.bias = module.W, module.b
        module.inner = inner
        module.forward = inner.forward
