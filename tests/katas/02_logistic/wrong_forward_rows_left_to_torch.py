"""Leaves a wrong x to torch, which raises RuntimeError."""

from torch import Tensor

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_what_does_not_fit_is_refused"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def forward(self, x: Tensor) -> Tensor:
        if x.shape[1] == 0:
            raise ValueError("the batch is empty")
        return sigmoid(self.w.T @ x + self.b)
