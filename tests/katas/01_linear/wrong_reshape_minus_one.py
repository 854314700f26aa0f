"""reshape(-1, n) and back with -1: ambiguous when a dimension is 0."""

from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_any_leading_dimensions"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        if x.ndim < 3:
            return super().forward(x)
        rows = x.flatten(1)
        y = super().forward(rows.reshape(rows.shape[0], -1, self.in_features))
        return y.reshape(*x.shape[:-1], self.out_features)
