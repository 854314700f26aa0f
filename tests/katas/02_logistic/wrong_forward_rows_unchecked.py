"""Any x that can be multiplied will do."""

from torch import Tensor

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_what_does_not_fit_is_refused"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def _check_input(self, x: Tensor) -> None:
        if x.shape[1] == 0:
            raise ValueError("the batch is empty")

    def forward(self, x: Tensor) -> Tensor:
        self._check_input(x)
        return sigmoid((self.w * x).sum(0, keepdim=True) + self.b)
