"""Warns of large z instead of coping in silence."""

import warnings

import torch
from torch import Tensor

from .solution import LogisticRegression, loss

CAUGHT_BY = {"test_sigmoid_of_huge_numbers"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def sigmoid(z: Tensor) -> Tensor:
    if (z.abs() > 88).any():
        warnings.warn("z is large", stacklevel=2)
    decay = torch.exp(-z.abs())
    return torch.where(z < 0, decay, 1) / (1 + decay)
