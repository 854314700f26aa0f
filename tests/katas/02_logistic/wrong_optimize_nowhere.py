"""Computes the new values and does not keep them."""

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_optimize_takes_one_step", "test_training_lowers_the_loss"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def optimize(self) -> None:
        w, b = self.w, self.b
        w = w - self.lr * self.grads["dw"]
        b = b - self.lr * self.grads["db"]
