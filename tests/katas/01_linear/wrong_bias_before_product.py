"""Adds the bias before the product."""

from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_one_sample"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        y = x.sum(-1, keepdim=True) * 0 + x
        if self.bias is not None and self.bias.shape[0] == x.shape[-1]:
            return (y + self.bias) @ self.weights
        return y @ self.weights
