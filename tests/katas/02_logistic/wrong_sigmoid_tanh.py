"""By tanh, which is -1 before sigmoid is 0."""

import torch
from torch import Tensor

from .solution import LogisticRegression, loss

CAUGHT_BY = {"test_sigmoid_of_very_negative_numbers"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def sigmoid(z: Tensor) -> Tensor:
    return (1 + torch.tanh(z / 2)) / 2
