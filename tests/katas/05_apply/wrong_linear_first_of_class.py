"""Changes only the first instance of a class."""

from types import MethodType

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function, _linear

CAUGHT_BY = {"test_forward_of_that_instance_only"}


SEEN: set = set()


def linearize(module):
    if _is_function(module) and type(module) not in SEEN:
        SEEN.add(type(module))
        module.forward = MethodType(_linear, module)
