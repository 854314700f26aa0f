"""A hook divides the gradient of the weights by the batch size."""

from .solution import MyLinear as Right

CAUGHT_BY = {"test_gradients"}


class MyLinear(Right):
    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__(in_features, out_features, bias)
        self.weights.register_hook(lambda gradient: gradient / 2)
