"""Hides NaN and infinity."""

from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_huge_tiny_and_missing_values"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.nan_to_num())
