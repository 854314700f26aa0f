"""Creates a tensor on the CPU."""

import torch
from torch import Tensor

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_w_and_b_travel_with_the_model"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def forward(self, x: Tensor) -> Tensor:
        self._check_input(x)
        return super().forward(x) + torch.zeros(x.shape[1], dtype=x.dtype, device="cpu")
