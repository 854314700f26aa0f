"""Computes in float32 whatever the dtype."""

import torch
from torch import Tensor

from .solution import LogisticRegression, loss

CAUGHT_BY = {"test_sigmoid_follows_its_formula", "test_sigmoid_of_very_negative_numbers"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def sigmoid(z: Tensor) -> Tensor:
    decay = torch.exp(-z.float().abs())
    return (torch.where(z < 0, decay, 1) / (1 + decay)).to(z.dtype)
