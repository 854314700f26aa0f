"""Replaces __repr__ of the class."""

# What pyright says of this mistake is beside the point.
# pyright: reportAttributeAccessIssue=false

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function

CAUGHT_BY = {"test_repr_of_that_instance_only"}


def show_names(module):
    if _is_function(module):
        type(module).__repr__ = lambda self: f"{type(self).__name__}(name={self.name})"
