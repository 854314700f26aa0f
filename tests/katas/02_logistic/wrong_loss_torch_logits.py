"""Calls binary_cross_entropy_with_logits."""

import torch
from torch import Tensor
from torch.nn import functional

from .solution import LogisticRegression, sigmoid
from .solution import loss as _right

CAUGHT_BY = {"test_loss_is_the_mean_over_samples"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def loss(yhat: Tensor, y: Tensor) -> Tensor:
    _right(yhat, y)  # what it refuses
    return functional.binary_cross_entropy_with_logits(torch.logit(yhat), y)
