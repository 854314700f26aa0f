"""An attribute of the same name hides the buffer."""

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_optimize_takes_one_step"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def optimize(self) -> None:
        self.__dict__["w"] = self.w - self.lr * self.grads["dw"]
        self.__dict__["b"] = self.b - self.lr * self.grads["db"]
