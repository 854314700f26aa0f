"""Uses the transposed weights where they are square."""

from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_one_sample"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        square = self.in_features == self.out_features
        y = x @ (self.weights.T if square else self.weights)
        return y if self.bias is None else y + self.bias
