"""x.view needs contiguous memory."""

from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_any_memory_layout"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        y = super().forward(x.view(x.shape[:-1].numel(), self.in_features))
        return y.view(*x.shape[:-1], self.out_features)
