"""Replaces the forward of every module with W and b."""

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_forward_of_that_instance_only"}


def linearize(module):
    if hasattr(module, "W") and hasattr(module, "b"):
        module.forward = lambda x: x @ module.W.T + module.b
