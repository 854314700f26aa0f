"""Refuses negative sizes, and lets 0 pass."""

from .solution import MyLinear as Right

CAUGHT_BY = {"test_sizes_below_one_are_refused"}


class MyLinear(Right):
    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__(
            max(in_features, 1) if in_features == 0 else in_features, out_features, bias
        )
