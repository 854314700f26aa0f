"""Turns what is not a number into 0."""

import torch
from torch import Tensor

from .solution import LogisticRegression, sigmoid
from .solution import loss as _right

CAUGHT_BY = {"test_loss_is_finite_at_zero_and_one"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def loss(yhat: Tensor, y: Tensor) -> Tensor:
    _right(yhat, y)  # what it refuses
    return -torch.nan_to_num(y * yhat.log() + (1 - y) * (1 - yhat).log()).mean()
