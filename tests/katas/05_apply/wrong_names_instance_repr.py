"""Puts __repr__ on the instance, where repr() never looks."""

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function

CAUGHT_BY = {"test_repr_shows_the_name"}


def show_names(module):
    if _is_function(module):
        module.__repr__ = lambda: f"{type(module).__name__}(name={module.name})"
