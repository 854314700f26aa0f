"""Refuses with an assert."""

from .solution import MyLinear as Right

CAUGHT_BY = {"test_sizes_below_one_are_refused"}


class MyLinear(Right):
    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        assert in_features > 0, f"in_features is {in_features}"
        assert out_features > 0, f"out_features is {out_features}"
        super().__init__(in_features, out_features, bias)
