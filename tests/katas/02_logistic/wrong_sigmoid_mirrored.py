"""exp(z) where exp(-z) belongs."""

import torch
from torch import Tensor

from .solution import LogisticRegression, loss

CAUGHT_BY = {"test_sigmoid_follows_its_formula"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def sigmoid(z: Tensor) -> Tensor:
    decay = torch.exp(-z.abs())
    return torch.where(z < 0, 1, decay) / (1 + decay)
