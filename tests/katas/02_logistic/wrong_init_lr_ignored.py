"""lr is 0.01 whatever is given."""

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_a_new_model_starts_at_zero", "test_optimize_takes_one_step"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def __init__(self, dim: int, lr: float = 0.01) -> None:
        super().__init__(dim)
