"""Remembers the prediction for an x it has seen."""

from torch import Tensor

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_forward_predicts_every_column", "test_training_lowers_the_loss"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def forward(self, x: Tensor) -> Tensor:
        self._check_input(x)
        if self.__dict__.get("_last", (None, None))[0] is not x:
            self.__dict__["_last"] = x, super().forward(x)
        return self.__dict__["_last"][1]
