"""Gives the label as a tensor."""

from typing import Any, SupportsIndex

import torch

from .solution import ImageFolder, TextDataset
from .solution import TabularDataset as Right

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_the_iris_table"}


class TabularDataset(Right):
    def __getitem__(self, index: SupportsIndex) -> Any:  # a tensor for the label
        features, label = super().__getitem__(index)
        return features, torch.tensor(label)
