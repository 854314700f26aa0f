"""Divides by the size of the first batch."""

from torch import Tensor

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_backward_starts_afresh"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def backward(self, x: Tensor, yhat: Tensor, y: Tensor) -> None:
        super().backward(x, yhat, y)
        m = self.__dict__.setdefault("_m", x.shape[1])
        self.grads = {"dw": x @ (yhat - y).T / m, "db": (yhat - y).sum() / m}
