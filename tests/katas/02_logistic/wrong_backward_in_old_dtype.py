"""Copies into the tensors of __init__, whose dtype stays."""

import torch
from torch import Tensor

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_backward_stores_the_gradient"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def backward(self, x: Tensor, yhat: Tensor, y: Tensor) -> None:
        super().backward(x, yhat, y)  # what it refuses
        if "_own" not in self.__dict__:
            self.__dict__["_own"] = torch.zeros(x.shape[0], 1), torch.zeros(())
        dw, db = self.__dict__["_own"]
        self.grads = {"dw": dw.copy_(self.grads["dw"]), "db": db.copy_(self.grads["db"])}
