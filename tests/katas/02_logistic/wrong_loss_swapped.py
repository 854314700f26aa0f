"""Swaps the prediction and the class."""

from torch import Tensor

from .solution import LogisticRegression, sigmoid
from .solution import loss as _right

CAUGHT_BY = {"test_loss_is_the_mean_over_samples"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def loss(yhat: Tensor, y: Tensor) -> Tensor:
    _right(yhat, y)  # what it refuses
    return -(yhat * y.log().clamp(min=-100) + (1 - yhat) * (1 - y).log().clamp(min=-100)).mean()
