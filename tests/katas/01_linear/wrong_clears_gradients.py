"""forward clears the gradients."""

from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_nothing_given_is_changed"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        self.zero_grad()
        return super().forward(x)
