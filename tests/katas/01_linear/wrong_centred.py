"""Subtracts the mean of the batch: samples see each other."""

from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_any_leading_dimensions", "test_huge_tiny_and_missing_values"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x - x.mean(0) if x.ndim > 1 else x)
