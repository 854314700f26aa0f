"""Keeps w and b of the first call."""

from torch import Tensor

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_forward_predicts_every_column"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def forward(self, x: Tensor) -> Tensor:
        self._check_input(x)
        if "_first" not in self.__dict__:
            self.__dict__["_first"] = self.w.clone(), self.b.clone()
        w, b = self.__dict__["_first"]
        return sigmoid(w.T @ x + b)
