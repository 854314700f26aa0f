"""Subtracts the mean of the batch: samples see each other."""

from torch import Tensor

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_forward_predicts_every_column"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def forward(self, x: Tensor) -> Tensor:
        self._check_input(x)
        return super().forward(x - x.mean(dim=1, keepdim=True))
