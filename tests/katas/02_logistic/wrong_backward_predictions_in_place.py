"""Subtracts y from yhat in place."""

from torch import Tensor

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_nothing_given_is_changed"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def backward(self, x: Tensor, yhat: Tensor, y: Tensor) -> None:
        super().backward(x, yhat, y)  # what it refuses
        yhat -= y
        self.grads = {"dw": x @ yhat.T / x.shape[1], "db": yhat.mean()}
