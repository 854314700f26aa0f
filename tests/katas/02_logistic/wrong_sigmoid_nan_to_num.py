"""Repairs the NaN that it made."""

import torch
from torch import Tensor

from .solution import LogisticRegression, loss

CAUGHT_BY = {"test_sigmoid_of_huge_numbers"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def sigmoid(z: Tensor) -> Tensor:
    return torch.nan_to_num(torch.exp(z) / (1 + torch.exp(z)), nan=1.0)
