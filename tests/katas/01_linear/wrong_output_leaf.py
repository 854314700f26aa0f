"""Returns a new leaf that requires a gradient."""

from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_gradients"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).detach().requires_grad_()
