"""Detaches the weights."""

from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_gradients"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        y = x @ self.weights.detach()
        return y if self.bias is None else y + self.bias
