"""Creates a tensor on the CPU in forward."""

import torch
from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_the_device_of_the_layer"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) + torch.zeros(self.out_features, device="cpu", dtype=x.dtype)
