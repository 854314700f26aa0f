"""Does not look at the rows of x."""

from torch import Tensor

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_what_does_not_fit_is_refused"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def backward(self, x: Tensor, yhat: Tensor, y: Tensor) -> None:
        if yhat.shape != y.shape:
            raise ValueError(f"yhat and y have shapes {yhat.shape} and {y.shape}")
        if not y.numel():
            raise ValueError("the batch is empty")
        self.grads = {"dw": x @ (yhat - y).T / x.shape[1], "db": (yhat - y).mean()}
