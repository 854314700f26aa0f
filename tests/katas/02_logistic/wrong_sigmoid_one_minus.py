"""1 minus the other side, for negative z."""

import torch
from torch import Tensor

from .solution import LogisticRegression, loss

CAUGHT_BY = {"test_sigmoid_of_very_negative_numbers"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def sigmoid(z: Tensor) -> Tensor:
    right = 1 / (1 + torch.exp(-z.abs()))
    return torch.where(z >= 0, right, 1 - right)
