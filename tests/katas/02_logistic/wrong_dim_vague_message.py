"""The message does not tell the value."""

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_what_does_not_fit_is_refused"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def __init__(self, dim: int, lr: float = 0.01) -> None:
        if dim < 1:
            raise ValueError("dim must be positive")
        super().__init__(dim, lr)
