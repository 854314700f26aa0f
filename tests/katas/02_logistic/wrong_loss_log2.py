"""In bits."""

from torch import Tensor

from .solution import LogisticRegression, sigmoid
from .solution import loss as _right

CAUGHT_BY = {"test_loss_is_the_mean_over_samples"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def loss(yhat: Tensor, y: Tensor) -> Tensor:
    _right(yhat, y)  # what it refuses
    return -(y * yhat.log2().clamp(min=-100) + (1 - y) * (1 - yhat).log2().clamp(min=-100)).mean()
