"""Squeezes the output."""

from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_one_sample", "test_any_leading_dimensions"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).squeeze()
