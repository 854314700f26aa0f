"""Does not compare shapes."""

from torch import Tensor

from .solution import LogisticRegression, sigmoid

CAUGHT_BY = {"test_what_does_not_fit_is_refused"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def loss(yhat: Tensor, y: Tensor) -> Tensor:
    if not y.numel():
        raise ValueError("no samples")
    each = -(y * yhat.log().clamp(min=-100) + (1 - y) * (1 - yhat).log().clamp(min=-100))
    return each.mean()
