"""Bound for W, but holds b."""

from types import MethodType

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function

CAUGHT_BY = {"test_copies_compute_with_their_own"}


def linearize(module):
    if _is_function(module):
        b = module.b

        def forward(self, x):
            return x @ self.W.T + (b if self.b is b else b + 0 * self.b)

        module.forward = MethodType(forward, module)
