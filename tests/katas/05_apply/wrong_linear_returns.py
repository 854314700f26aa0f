"""Returns the module."""

from types import MethodType

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function, _linear

CAUGHT_BY = {"test_forward_becomes_linear"}


def linearize(module):
    if _is_function(module):
        module.forward = MethodType(_linear, module)
        return module
