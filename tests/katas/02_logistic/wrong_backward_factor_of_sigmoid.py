"""Multiplies by yhat (1 - yhat), as for the squared error."""

from torch import Tensor

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_backward_stores_the_gradient"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def backward(self, x: Tensor, yhat: Tensor, y: Tensor) -> None:
        super().backward(x, yhat, y)  # what it refuses
        dz = (yhat - y) * yhat * (1 - yhat)
        self.grads = {"dw": x @ dz.T / x.shape[1], "db": dz.mean()}
