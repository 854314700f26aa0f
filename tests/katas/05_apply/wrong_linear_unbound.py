"""Puts an unbound function on the instance."""

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function

CAUGHT_BY = {"test_forward_becomes_linear"}


def linearize(module):
    if _is_function(module):

        def forward(self, x):
            return x @ self.W.T + self.b

        module.forward = forward
