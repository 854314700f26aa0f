"""in_features and out_features are swapped."""

from .solution import MyLinear as Right

CAUGHT_BY = {"test_the_layer_tells_what_it_is"}


class MyLinear(Right):
    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__(in_features, out_features, bias)
        self.in_features, self.out_features = out_features, in_features
