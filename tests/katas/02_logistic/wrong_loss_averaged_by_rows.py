"""Divides by len(y), which is 1."""

from torch import Tensor

from .solution import LogisticRegression, sigmoid
from .solution import loss as _right

CAUGHT_BY = {"test_loss_is_the_mean_over_samples"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def loss(yhat: Tensor, y: Tensor) -> Tensor:
    _right(yhat, y)  # what it refuses
    each = -(y * yhat.log().clamp(min=-100) + (1 - y) * (1 - yhat).log().clamp(min=-100))
    return each.sum() / len(y)
