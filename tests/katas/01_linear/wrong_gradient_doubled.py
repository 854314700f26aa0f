"""Its value is right and its gradient twice as large."""

from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_gradients"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        y = super().forward(x)
        return 2 * y - y.detach()
