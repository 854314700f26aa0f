"""Has a bias of zeros where there should be None."""

import torch

from .solution import MyLinear as Right

CAUGHT_BY = {"test_bias_is_a_parameter_or_none"}


class MyLinear(Right):
    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__(in_features, out_features, bias)
        if self.bias is None:
            del self.bias
            self.bias = torch.zeros(out_features)
