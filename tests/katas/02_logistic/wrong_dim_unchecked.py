"""Any dim will do."""

import torch

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_what_does_not_fit_is_refused"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def __init__(self, dim: int, lr: float = 0.01) -> None:
        super().__init__(max(dim, 1), lr)
        self.w = torch.zeros(abs(dim), 1)
