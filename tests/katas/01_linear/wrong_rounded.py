"""Rounds small values away."""

from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_huge_tiny_and_missing_values"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        y = super().forward(x)
        return y.where(y.abs() > 1e-6, 0)
