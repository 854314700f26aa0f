"""Chooses the form by the smallest element, for all."""

import torch
from torch import Tensor

from .solution import LogisticRegression, loss

CAUGHT_BY = {"test_sigmoid_of_huge_numbers"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def sigmoid(z: Tensor) -> Tensor:
    if z.numel() and z.min() < 0:
        return torch.exp(z) / (1 + torch.exp(z))
    return 1 / (1 + torch.exp(-z))
