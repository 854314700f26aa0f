"""Stores the weights as (out_features, in_features), like nn.Linear."""

from torch import Tensor, nn

from .solution import MyLinear as Right

CAUGHT_BY = {"test_weights_are_a_parameter"}


class MyLinear(Right):
    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__(in_features, out_features, bias)
        self.weights = nn.Parameter(self.weights.detach().T.clone())

    def forward(self, x: Tensor) -> Tensor:
        y = x @ self.weights.T
        return y if self.bias is None else y + self.bias
