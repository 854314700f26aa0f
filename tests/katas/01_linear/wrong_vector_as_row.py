"""Gives (1, out_features) for one sample."""

from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_one_sample"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x[None] if x.ndim == 1 else x)
