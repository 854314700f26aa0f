"""b has shape (1,)."""

import torch

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_a_new_model_starts_at_zero"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def __init__(self, dim: int, lr: float = 0.01) -> None:
        super().__init__(dim, lr)
        self.b = torch.zeros(1)
