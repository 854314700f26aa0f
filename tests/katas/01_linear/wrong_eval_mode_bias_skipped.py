"""Adds the bias in training mode alone."""

from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_any_leading_dimensions"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        y = x @ self.weights
        return y + self.bias if self.bias is not None and self.training else y
