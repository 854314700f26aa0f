"""Draws from Python's generator, which a torch seed does not set."""

import random

import torch

from .solution import MyLinear as Right

CAUGHT_BY = {"test_weights_start_random"}


class MyLinear(Right):
    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__(in_features, out_features, bias)
        with torch.no_grad():
            for index in range(self.weights.numel()):
                self.weights.view(-1)[index] = random.gauss()
