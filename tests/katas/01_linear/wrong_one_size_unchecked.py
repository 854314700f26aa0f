"""Checks in_features alone."""

from .solution import MyLinear as Right

CAUGHT_BY = {"test_sizes_below_one_are_refused"}


class MyLinear(Right):
    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__(in_features, max(out_features, 1), bias)
