"""All models of one size share their w."""

from torch import Tensor

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_a_new_model_starts_at_zero"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    zeros: dict[int, Tensor] = {}  # noqa: RUF012  shared: the mistake

    def __init__(self, dim: int, lr: float = 0.01) -> None:
        super().__init__(dim, lr)
        self.w = self.zeros.setdefault(dim, self.w)
