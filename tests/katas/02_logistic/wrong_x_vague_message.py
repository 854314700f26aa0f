"""The message tells what is wanted, not what was given."""

from torch import Tensor

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_what_does_not_fit_is_refused"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def _check_input(self, x: Tensor) -> None:
        if x.shape[0] != len(self.w):
            raise ValueError("x has a wrong number of rows")
        super()._check_input(x)
