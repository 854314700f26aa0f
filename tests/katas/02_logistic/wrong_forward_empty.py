"""Predicts nothing for an empty batch."""

from torch import Tensor

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_what_does_not_fit_is_refused"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def forward(self, x: Tensor) -> Tensor:
        if x.shape[0] != len(self.w):
            raise ValueError(f"x has {x.shape[0]} rows, not {len(self.w)}")
        return sigmoid(self.w.T @ x + self.b)
