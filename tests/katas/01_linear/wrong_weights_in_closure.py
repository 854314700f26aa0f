"""forward multiplies by the parameter of the original layer, from a closure."""

from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_copies_compute_the_same"}


class MyLinear(Right):
    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__(in_features, out_features, bias)
        self.product = self._product

    def _product(self, x: Tensor) -> Tensor:
        return x @ self.weights

    def forward(self, x: Tensor) -> Tensor:
        y = self.product(x)
        return y if self.bias is None else y + self.bias

    def __setstate__(self, state: dict[str, object]) -> None:
        super().__setstate__({**state, "in_features": 0})
