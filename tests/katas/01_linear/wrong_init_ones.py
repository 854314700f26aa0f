"""Weights start at one."""

from torch import nn

from .solution import MyLinear as Right

CAUGHT_BY = {"test_weights_start_random"}


class MyLinear(Right):
    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__(in_features, out_features, bias)
        nn.init.ones_(self.weights)
