"""Lets autograd compute it: torch.func.grad."""

import torch
from torch import Tensor

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_backward_stores_the_gradient"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def backward(self, x: Tensor, yhat: Tensor, y: Tensor) -> None:
        super().backward(x, yhat, y)  # what it refuses

        def value(w: Tensor, b: Tensor) -> Tensor:
            return ((yhat - y) * (w.T @ x + b)).mean()

        dw, db = torch.func.grad(value, argnums=(0, 1))(self.w, self.b)
        self.grads = {"dw": dw, "db": db}
