"""The message does not tell the shapes."""

from torch import Tensor

from .solution import LogisticRegression, sigmoid
from .solution import loss as _right

CAUGHT_BY = {"test_what_does_not_fit_is_refused"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def loss(yhat: Tensor, y: Tensor) -> Tensor:
    if yhat.shape != y.shape:
        raise ValueError("yhat and y must have the same shape")
    return _right(yhat, y)
