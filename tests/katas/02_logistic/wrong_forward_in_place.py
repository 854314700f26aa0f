"""Multiplies x by w in place."""

from torch import Tensor

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_nothing_given_is_changed"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def forward(self, x: Tensor) -> Tensor:
        self._check_input(x)
        x *= self.w
        return sigmoid(x.sum(dim=0, keepdim=True) + self.b)
