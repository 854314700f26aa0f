"""Does not compare shapes."""

from torch import Tensor

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_what_does_not_fit_is_refused"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def backward(self, x: Tensor, yhat: Tensor, y: Tensor) -> None:
        self._check_input(x)
        error = (yhat - y).reshape(-1, x.shape[1]).mean(dim=0, keepdim=True)
        self.grads = {"dw": x @ error.T / x.shape[1], "db": error.mean()}
