"""Keeps the weights as a plain tensor that requires a gradient."""

from .solution import MyLinear as Right

CAUGHT_BY = {"test_weights_are_a_parameter"}


class MyLinear(Right):
    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__(in_features, out_features, bias)
        values = self.weights.detach().clone().requires_grad_()
        del self.weights
        self.weights = values
