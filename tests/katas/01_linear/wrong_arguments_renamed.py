"""Gives the constructor's arguments other names."""

from .solution import MyLinear as Right

CAUGHT_BY = {"test_weights_are_a_parameter"}


class MyLinear(Right):
    def __init__(self, n_in: int, n_out: int, bias: bool = True) -> None:
        super().__init__(n_in, n_out, bias)
