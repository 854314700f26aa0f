"""The mean of no samples is NaN."""

from torch import Tensor

from .solution import LogisticRegression, sigmoid

CAUGHT_BY = {"test_what_does_not_fit_is_refused"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def loss(yhat: Tensor, y: Tensor) -> Tensor:
    if yhat.shape != y.shape:
        raise ValueError(f"yhat and y have shapes {yhat.shape} and {y.shape}")
    each = -(y * yhat.log().clamp(min=-100) + (1 - y) * (1 - yhat).log().clamp(min=-100))
    return each.mean()
