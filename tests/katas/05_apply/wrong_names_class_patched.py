"""Replaces extra_repr of the class."""

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function

CAUGHT_BY = {"test_repr_of_that_instance_only"}


def show_names(module):
    if _is_function(module):
        type(module).extra_repr = lambda self: f"name={self.name}"
