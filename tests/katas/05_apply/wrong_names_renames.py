"""Changes the name itself."""

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function

CAUGHT_BY = {"test_repr_shows_the_name"}


def show_names(module):
    if _is_function(module):
        module.name = f"name={module.name}"
        module.extra_repr = lambda: module.name
