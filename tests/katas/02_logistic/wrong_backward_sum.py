"""Forgets to divide by m."""

from torch import Tensor

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_backward_stores_the_gradient", "test_training_lowers_the_loss"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def backward(self, x: Tensor, yhat: Tensor, y: Tensor) -> None:
        super().backward(x, yhat, y)  # what it refuses
        self.grads = {"dw": x @ (yhat - y).T, "db": (yhat - y).sum()}
