"""Gives the features as a matrix of one row."""

from typing import SupportsIndex

from torch import Tensor

from .solution import ImageFolder, TextDataset
from .solution import TabularDataset as Right

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_the_iris_table"}


class TabularDataset(Right):
    def __getitem__(self, index: SupportsIndex) -> tuple[Tensor, int]:
        features, label = super().__getitem__(index)
        return features[None], label
