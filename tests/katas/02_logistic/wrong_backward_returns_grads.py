"""Returns the gradients."""

from torch import Tensor

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_backward_stores_the_gradient"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def backward(self, x: Tensor, yhat: Tensor, y: Tensor) -> dict[str, Tensor]:  # pyright: ignore[reportIncompatibleMethodOverride]  # the mistake
        super().backward(x, yhat, y)
        return self.grads
