"""Ignores yhat and predicts again."""

from torch import Tensor

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_backward_stores_the_gradient", "test_backward_starts_afresh"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def backward(self, x: Tensor, yhat: Tensor, y: Tensor) -> None:
        super().backward(x, yhat, y)  # what it refuses
        yhat = self(x)
        self.grads = {"dw": x @ (yhat - y).T / x.shape[1], "db": (yhat - y).mean()}
