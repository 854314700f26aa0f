"""Keeps the name in a buffer of the module."""

import torch

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function

CAUGHT_BY = {"test_repr_of_that_instance_only"}


def show_names(module):
    if _is_function(module):
        module.register_buffer("shown", torch.zeros(1))
        module.extra_repr = lambda: f"name={module.name}"
