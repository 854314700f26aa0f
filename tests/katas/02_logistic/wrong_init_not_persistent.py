"""w is a buffer that state_dict leaves out."""

import torch

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_w_and_b_travel_with_the_model"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def __init__(self, dim: int, lr: float = 0.01) -> None:
        super().__init__(dim, lr)

        self.register_buffer("w", torch.zeros(dim, 1), persistent=False)
