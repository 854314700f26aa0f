"""Keeps a helper tensor that .to() does not know."""

import torch
from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_the_device_of_the_layer"}


class MyLinear(Right):
    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__(in_features, out_features, bias)
        self.ones = torch.ones(in_features)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x * self.ones.to(x.dtype))
