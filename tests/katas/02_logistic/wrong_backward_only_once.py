"""Keeps the gradient of the first call."""

from torch import Tensor

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_backward_starts_afresh"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def backward(self, x: Tensor, yhat: Tensor, y: Tensor) -> None:
        before = self.grads
        super().backward(x, yhat, y)
        if any(value.any() for value in before.values()):
            self.grads = before
