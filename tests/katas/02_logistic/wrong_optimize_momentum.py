"""Keeps a momentum."""

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_training_lowers_the_loss"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def optimize(self) -> None:
        before = self.__dict__.setdefault("_velocity", {})
        for name, value in self.grads.items():
            before[name] = value + 0.9 * before[name] if name in before else value
        self.w -= self.lr * before["dw"]
        self.b -= self.lr * before["db"]
