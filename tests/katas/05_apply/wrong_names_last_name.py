"""All instances show the name of the last one."""

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function

CAUGHT_BY = {"test_repr_of_that_instance_only"}

LAST: list = []


def show_names(module):
    if _is_function(module):
        LAST[:] = [module.name]
        module.extra_repr = lambda: f"name={LAST[0]}"
