"""Forgets the norms when the block ends."""

from .solution import *  # noqa: F403  the steps need every name
from .solution import GradientMonitor as Right

CAUGHT_BY = {"test_a_closed_monitor_is_gone"}


class GradientMonitor(Right):
    def __exit__(self, kind, error, trace):
        super().__exit__(kind, error, trace)
        self.norms.clear()
