"""Forgets super().__init__()."""

import torch
from torch import nn

from .solution import MyLinear as Right

CAUGHT_BY = {"test_weights_are_a_parameter"}


class MyLinear(Right):
    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        self.weights = nn.Parameter(torch.randn(in_features, out_features))
