"""Computes in bfloat16, for speed."""

from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_the_dtype_of_the_layer"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        y = (x.bfloat16() @ self.weights.bfloat16()).to(x.dtype)
        return y if self.bias is None else y + self.bias
