"""w and b are in float64: x in float32 does not go with them."""

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_forward_predicts_every_column"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def __init__(self, dim: int, lr: float = 0.01) -> None:
        super().__init__(dim, lr)
        self.double()
