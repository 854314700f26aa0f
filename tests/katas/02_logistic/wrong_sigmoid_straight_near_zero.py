"""Uses the tangent near 0."""

import torch
from torch import Tensor

from .solution import LogisticRegression, loss
from .solution import sigmoid as right

__all__ = ["LogisticRegression", "loss", "sigmoid"]

CAUGHT_BY = {"test_sigmoid_follows_its_formula"}


def sigmoid(z: Tensor) -> Tensor:
    return torch.where(z.abs() < 0.5, 0.5 + z / 4, right(z))
