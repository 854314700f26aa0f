"""Multiplies x in place."""

import torch
from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_nothing_given_is_changed"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            x.mul_(2)
        return super().forward(x / 2)
