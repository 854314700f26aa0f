"""Keeps the result away from 0 and 1."""

import torch
from torch import Tensor

from .solution import LogisticRegression, loss

CAUGHT_BY = {"test_sigmoid_of_huge_numbers", "test_sigmoid_of_very_negative_numbers"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def sigmoid(z: Tensor) -> Tensor:
    decay = torch.exp(-z.abs())
    return (torch.where(z < 0, decay, 1) / (1 + decay)).clamp(1e-7, 1 - 1e-7)
