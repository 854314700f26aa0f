"""A float32 vector of one makes half precision float32."""

import torch
from torch import Tensor

from .solution import LogisticRegression, loss

CAUGHT_BY = {"test_sigmoid_keeps_dtype_and_shape"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def sigmoid(z: Tensor) -> Tensor:
    decay = torch.exp(-z.abs())
    return torch.where(z < 0, decay, torch.ones(1, device=z.device)) / (1 + decay)
