"""forward switches to eval()."""

from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_nothing_given_is_changed"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        self.eval()
        return super().forward(x)
