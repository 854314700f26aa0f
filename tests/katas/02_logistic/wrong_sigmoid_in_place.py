"""Writes the result into z."""

import torch
from torch import Tensor

from .solution import LogisticRegression, loss

CAUGHT_BY = {"test_nothing_given_is_changed"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def sigmoid(z: Tensor) -> Tensor:
    decay = torch.exp(-z.abs())
    return z.copy_(torch.where(z < 0, decay, 1) / (1 + decay))
