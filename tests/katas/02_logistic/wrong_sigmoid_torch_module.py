"""Calls nn.Sigmoid."""

from torch import Tensor, nn

from .solution import LogisticRegression, loss

CAUGHT_BY = {"test_sigmoid_follows_its_formula"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def sigmoid(z: Tensor) -> Tensor:
    return nn.Sigmoid()(z)
