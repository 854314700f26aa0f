"""Flattens all leading dimensions into one."""

from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_any_leading_dimensions"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x if x.ndim < 2 else x.reshape(-1, self.in_features))
