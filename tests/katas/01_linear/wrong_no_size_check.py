"""Lets torch complain of bad sizes, or not."""

import torch
from torch import nn

from .solution import MyLinear as Right

CAUGHT_BY = {"test_sizes_below_one_are_refused"}


class MyLinear(Right):
    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        nn.Module.__init__(self)
        self.in_features, self.out_features = in_features, out_features
        self.weights = nn.Parameter(torch.randn(in_features, out_features))
        self.bias = nn.Parameter(torch.zeros(out_features)) if bias else None
