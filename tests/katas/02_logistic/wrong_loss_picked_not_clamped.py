"""Picks the right term, and does not clamp it."""

import torch
from torch import Tensor

from .solution import LogisticRegression, sigmoid
from .solution import loss as _right

CAUGHT_BY = {"test_loss_is_finite_at_zero_and_one"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def loss(yhat: Tensor, y: Tensor) -> Tensor:
    _right(yhat, y)  # what it refuses
    return -torch.where(y == 1, yhat, 1 - yhat).log().mean()
