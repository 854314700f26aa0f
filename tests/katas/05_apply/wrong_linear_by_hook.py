"""A forward hook: twice it stays, but the old forward runs on."""

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function

CAUGHT_BY = {"test_forward_of_that_instance_only"}


def linearize(module):
    if _is_function(module):
        module.register_forward_hook(lambda self, inputs, _: inputs[0] @ self.W.T + self.b)
        assert len(module._forward_hooks) == 1
