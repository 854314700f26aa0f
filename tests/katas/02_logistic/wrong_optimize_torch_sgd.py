"""Lets torch.optim.SGD step."""

import torch

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_optimize_takes_one_step"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def optimize(self) -> None:
        self.w.grad, self.b.grad = self.grads["dw"], self.grads["db"]
        torch.optim.SGD([self.w, self.b], lr=self.lr).step()
        self.w.grad = self.b.grad = None
