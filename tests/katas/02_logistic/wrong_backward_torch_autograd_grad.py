"""Lets autograd compute it: torch.autograd.grad."""

import torch
from torch import Tensor

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_backward_stores_the_gradient"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def backward(self, x: Tensor, yhat: Tensor, y: Tensor) -> None:
        super().backward(x, yhat, y)  # what it refuses
        w, b = self.w.clone().requires_grad_(), self.b.clone().requires_grad_()
        value = (x.detach() * 0).sum() + ((yhat - y) * (w.T @ x + b)).mean()
        dw, db = torch.autograd.grad(value, (w, b))
        self.grads = {"dw": dw, "db": db}
