"""Shifts by the maximum, as softmax does: the shift does not cancel."""

import torch
from torch import Tensor

from .solution import LogisticRegression, loss

CAUGHT_BY = {"test_sigmoid_follows_its_formula"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def sigmoid(z: Tensor) -> Tensor:
    shift = z.max() if z.numel() else 0
    return torch.exp(z - shift) / (1 + torch.exp(z - shift))
