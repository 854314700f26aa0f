"""view(-1), which not every layout has."""

import torch
from torch import Tensor

from .solution import LogisticRegression, loss

CAUGHT_BY = {"test_sigmoid_keeps_dtype_and_shape"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def sigmoid(z: Tensor) -> Tensor:
    decay = torch.exp(-z.view(-1).abs())
    return (torch.where(z.view(-1) < 0, decay, 1) / (1 + decay)).view(z.shape)
