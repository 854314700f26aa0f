"""Registers a parameter that nobody asked for."""

from torch import nn

from .solution import MyLinear as Right

CAUGHT_BY = {"test_bias_is_a_parameter_or_none"}


class MyLinear(Right):
    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__(in_features, out_features, bias)
        self.scale = nn.Parameter(self.weights.new_ones(()))
