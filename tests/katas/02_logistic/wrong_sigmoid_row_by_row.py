"""Goes through rows: a single number has none."""

import torch
from torch import Tensor

from .solution import LogisticRegression, loss

CAUGHT_BY = {"test_sigmoid_keeps_dtype_and_shape"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def sigmoid(z: Tensor) -> Tensor:
    rows = [torch.exp(row.clamp(max=0)) / (1 + torch.exp(-row.abs())) for row in z]
    return torch.stack(rows)
