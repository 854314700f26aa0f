"""Softmax of z and 0: not a number where z is infinite."""

import torch
from torch import Tensor

from .solution import LogisticRegression, loss

CAUGHT_BY = {"test_sigmoid_of_huge_numbers"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def sigmoid(z: Tensor) -> Tensor:
    return torch.softmax(torch.stack([z, torch.zeros_like(z)]), dim=0)[0]
