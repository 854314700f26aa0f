"""Rounds predictions to one digit, but for those close to 0 and 1."""

import torch
from torch import Tensor

from .solution import LogisticRegression, sigmoid
from .solution import loss as right

__all__ = ["LogisticRegression", "loss", "sigmoid"]

CAUGHT_BY = {"test_loss_is_the_mean_over_samples"}


def loss(yhat: Tensor, y: Tensor) -> Tensor:
    middle = (yhat > 0.1) & (yhat < 0.9)
    return right(torch.where(middle, yhat.round(decimals=1), yhat), y)
