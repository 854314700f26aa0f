"""Clamps yhat at the smallest normal number."""

import torch
from torch import Tensor

from .solution import LogisticRegression, sigmoid
from .solution import loss as _right

CAUGHT_BY = {"test_loss_is_finite_at_zero_and_one"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def loss(yhat: Tensor, y: Tensor) -> Tensor:
    _right(yhat, y)  # what it refuses
    tiny = torch.finfo(yhat.dtype).tiny
    return -(y * yhat.clamp(min=tiny).log() + (1 - y) * (1 - yhat).clamp(min=tiny).log()).mean()
