"""exp of torch's own logsigmoid."""

import torch
from torch import Tensor
from torch.nn import functional

from .solution import LogisticRegression, loss

CAUGHT_BY = {"test_sigmoid_follows_its_formula"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def sigmoid(z: Tensor) -> Tensor:
    return torch.exp(functional.logsigmoid(z))
