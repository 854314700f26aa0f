"""Replaces infinity by 100, and leaves what lies between."""

import torch
from torch import Tensor

from .solution import LogisticRegression, sigmoid
from .solution import loss as _right

CAUGHT_BY = {"test_loss_is_finite_at_zero_and_one"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def loss(yhat: Tensor, y: Tensor) -> Tensor:
    _right(yhat, y)  # what it refuses
    when_one = torch.nan_to_num(yhat.log(), neginf=-100)
    when_zero = torch.nan_to_num((1 - yhat).log(), neginf=-100)
    return -(y * when_one + (1 - y) * when_zero).mean()
