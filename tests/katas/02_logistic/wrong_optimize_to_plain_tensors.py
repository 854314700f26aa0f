"""Replaces the buffers by plain attributes."""

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_optimize_takes_one_step"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def optimize(self) -> None:
        w, b = self.w - self.lr * self.grads["dw"], self.b - self.lr * self.grads["db"]
        del self.w, self.b
        self.w, self.b = w, b
