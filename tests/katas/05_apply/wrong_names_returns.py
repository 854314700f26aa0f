"""Returns the text."""

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function

CAUGHT_BY = {"test_repr_shows_the_name"}


def show_names(module):
    if _is_function(module):
        module.extra_repr = lambda: f"name={module.name}"
        return repr(module)
