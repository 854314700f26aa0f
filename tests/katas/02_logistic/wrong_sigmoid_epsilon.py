"""Adds an epsilon to the denominator."""

import torch
from torch import Tensor

from .solution import LogisticRegression, loss

CAUGHT_BY = {"test_sigmoid_follows_its_formula"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def sigmoid(z: Tensor) -> Tensor:
    decay = torch.exp(-z.abs())
    return torch.where(z < 0, decay, 1) / (1 + decay + 1e-8)
