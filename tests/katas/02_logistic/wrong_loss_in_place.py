"""Takes the logarithm in place."""

from torch import Tensor

from .solution import LogisticRegression, sigmoid
from .solution import loss as _right

CAUGHT_BY = {"test_nothing_given_is_changed"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def loss(yhat: Tensor, y: Tensor) -> Tensor:
    _right(yhat, y)  # what it refuses
    when_zero = (1 - yhat).log_().clamp_(min=-100)
    return -(y * yhat.log_().clamp_(min=-100) + (1 - y) * when_zero).mean()
