"""Assigns nn.Parameter objects."""

from torch import nn

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_optimize_takes_one_step"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def optimize(self) -> None:
        super().optimize()
        self.w, self.b = nn.Parameter(self.w), nn.Parameter(self.b)
