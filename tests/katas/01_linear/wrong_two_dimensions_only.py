"""torch.mm takes matrices alone."""

import torch
from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_one_sample", "test_any_leading_dimensions"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        y = torch.mm(x, self.weights)
        return y if self.bias is None else y + self.bias
