"""A straight line in place of the curve."""

from torch import Tensor
from torch.nn import functional

from .solution import LogisticRegression, loss

CAUGHT_BY = {"test_sigmoid_follows_its_formula"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def sigmoid(z: Tensor) -> Tensor:
    return functional.hardsigmoid(z)
