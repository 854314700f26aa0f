"""Shows the name of every module that has one."""

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_repr_of_that_instance_only"}


def show_names(module):
    if hasattr(module, "name"):
        module.extra_repr = lambda: f"name={module.name}"
