"""Leaves 0 where z is neither negative nor not."""

import torch
from torch import Tensor

from .solution import LogisticRegression, loss

CAUGHT_BY = {"test_sigmoid_of_huge_numbers"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def sigmoid(z: Tensor) -> Tensor:
    result = torch.zeros_like(z)
    result[z >= 0] = 1 / (1 + torch.exp(-z[z >= 0]))
    result[z < 0] = torch.exp(z[z < 0]) / (1 + torch.exp(z[z < 0]))
    return result
