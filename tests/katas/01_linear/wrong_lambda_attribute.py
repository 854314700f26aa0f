"""An attribute that is a lambda: it cannot be pickled."""

from .solution import MyLinear as Right

CAUGHT_BY = {"test_copies_compute_the_same"}


class MyLinear(Right):
    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__(in_features, out_features, bias)
        self.activation = lambda y: y
