"""One dict of gradients for all models."""

import torch
from torch import Tensor

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_backward_starts_afresh"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    grads = {"dw": torch.zeros(1, 1), "db": torch.zeros(())}  # noqa: RUF012  shared: the mistake

    def __init__(self, dim: int, lr: float = 0.01) -> None:
        super().__init__(dim, lr)

        del self.grads
        self.grads.update(dw=torch.zeros(dim, 1), db=torch.zeros(()))

    def backward(self, x: Tensor, yhat: Tensor, y: Tensor) -> None:
        self._check_input(x)
        if yhat.shape != y.shape:
            raise ValueError(f"yhat and y have shapes {yhat.shape} and {y.shape}")
        self.grads.update(dw=x @ (yhat - y).T / x.shape[1], db=(yhat - y).mean())
