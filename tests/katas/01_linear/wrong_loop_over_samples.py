"""Stacks one output a sample: an empty batch has none."""

import torch
from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_any_leading_dimensions"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        if x.ndim == 1:
            return super().forward(x)
        return torch.stack([self.forward(sample) for sample in x])
