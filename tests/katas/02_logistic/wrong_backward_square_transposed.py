"""x transposed where that fits, too."""

from torch import Tensor

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_backward_stores_the_gradient"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def backward(self, x: Tensor, yhat: Tensor, y: Tensor) -> None:
        super().backward(x, yhat, y)  # what it refuses
        data = x.T if x.shape[0] == x.shape[1] else x
        self.grads = {"dw": data @ (yhat - y).T / x.shape[1], "db": (yhat - y).mean()}
