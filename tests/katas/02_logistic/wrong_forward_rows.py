"""Takes rows for samples."""

from torch import Tensor

from .solution import LogisticRegression as Right
from .solution import loss, sigmoid

CAUGHT_BY = {"test_forward_predicts_every_column", "test_training_lowers_the_loss"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


class LogisticRegression(Right):
    def forward(self, x: Tensor) -> Tensor:
        self._check_input(x)
        return sigmoid(x.reshape(x.shape[1], x.shape[0]) @ self.w + self.b).T
