"""Calls torch.nn.functional.linear."""

from torch import Tensor
from torch.nn import functional

from .solution import MyLinear as Right

CAUGHT_BY = {"test_one_sample"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        return functional.linear(x, self.weights.T, self.bias)
