"""Uses the x that forward saw last."""

from torch import Tensor

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_backward_starts_afresh"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def forward(self, x: Tensor) -> Tensor:
        self._check_input(x)
        self.__dict__["_x"] = x
        return super().forward(x)

    def backward(self, x: Tensor, yhat: Tensor, y: Tensor) -> None:
        super().backward(x, yhat, y)
        seen = self.__dict__.get("_x", x)
        if seen.shape == x.shape:
            self.grads["dw"] = seen @ (yhat - y).T / x.shape[1]
