"""Seeds torch in the constructor."""

import torch

from .solution import MyLinear as Right

CAUGHT_BY = {"test_weights_start_random"}


class MyLinear(Right):
    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        torch.manual_seed(42)
        super().__init__(in_features, out_features, bias)
