"""Sums over the first 16 features only."""

from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_one_sample"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        y = x[..., :16] @ self.weights[:16]
        return y if self.bias is None else y + self.bias
