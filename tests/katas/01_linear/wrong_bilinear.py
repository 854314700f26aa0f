"""Calls bilinear with a second input of ones."""

from torch import Tensor
from torch.nn import functional

from .solution import MyLinear as Right

CAUGHT_BY = {"test_one_sample"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        ones = x.new_ones(*x.shape[:-1], 1)
        return functional.bilinear(x, ones, self.weights.T[:, :, None], self.bias)
