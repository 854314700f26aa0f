"""Clamps z to where exp(-z) is finite."""

import math

import torch
from torch import Tensor

from .solution import LogisticRegression, loss

CAUGHT_BY = {"test_sigmoid_of_huge_numbers", "test_sigmoid_of_very_negative_numbers"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def sigmoid(z: Tensor) -> Tensor:
    limit = math.log(torch.finfo(z.dtype).max)
    return 1 / (1 + torch.exp(-z.clamp(-limit, limit)))
