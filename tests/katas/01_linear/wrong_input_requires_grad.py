"""Makes x require a gradient."""

from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_nothing_given_is_changed"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        if x.is_leaf:
            x.requires_grad_()
        return super().forward(x)
