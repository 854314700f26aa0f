"""Checks the product of the sizes: two negative ones pass."""

from .solution import MyLinear as Right

CAUGHT_BY = {"test_sizes_below_one_are_refused"}


class MyLinear(Right):
    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        if in_features * out_features < 1:
            raise ValueError(f"in_features={in_features}, out_features={out_features}")
        super().__init__(abs(in_features), abs(out_features), bias)
