"""The weights do not require a gradient."""

from .solution import MyLinear as Right

CAUGHT_BY = {"test_weights_are_a_parameter"}


class MyLinear(Right):
    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__(in_features, out_features, bias)
        self.weights.requires_grad_(False)
