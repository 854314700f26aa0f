"""Registers the weights as a buffer."""

from .solution import MyLinear as Right

CAUGHT_BY = {"test_weights_are_a_parameter"}


class MyLinear(Right):
    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__(in_features, out_features, bias)
        values = self.weights.detach().clone()
        del self.weights
        self.register_buffer("weights", values)
