"""Adds the gradient."""

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_optimize_takes_one_step", "test_training_lowers_the_loss"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def optimize(self) -> None:
        self.w += self.lr * self.grads["dw"]
        self.b += self.lr * self.grads["db"]
