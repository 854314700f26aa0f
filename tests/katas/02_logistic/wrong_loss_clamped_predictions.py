"""Clamps yhat away from 0 and 1, not its logarithm."""

from torch import Tensor

from .solution import LogisticRegression, sigmoid
from .solution import loss as _right

CAUGHT_BY = {"test_loss_is_finite_at_zero_and_one"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def loss(yhat: Tensor, y: Tensor) -> Tensor:
    _right(yhat, y)  # what it refuses
    yhat = yhat.clamp(1e-7, 1 - 1e-7)
    each = -(y * yhat.log().clamp(min=-100) + (1 - y) * (1 - yhat).log().clamp(min=-100))
    return each.mean()
