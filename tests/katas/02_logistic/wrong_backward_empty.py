"""Divides by zero for an empty batch."""

from torch import Tensor

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_what_does_not_fit_is_refused"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def backward(self, x: Tensor, yhat: Tensor, y: Tensor) -> None:
        if x.shape[0] != len(self.w):
            raise ValueError(f"x has {x.shape[0]} rows, not {len(self.w)}")
        if yhat.shape != y.shape:
            raise ValueError(f"yhat and y have shapes {yhat.shape} and {y.shape}")
        self.grads = {"dw": x @ (yhat - y).T / x.shape[1], "db": (yhat - y).mean()}
