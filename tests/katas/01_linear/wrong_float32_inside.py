"""Computes in float32 whatever the dtype."""

from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_the_dtype_of_the_layer"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        y = x.float() @ self.weights.float()
        return (y if self.bias is None else y + self.bias.float()).to(x.dtype)
