"""Computes under no_grad."""

import torch
from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_gradients"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            return super().forward(x)
