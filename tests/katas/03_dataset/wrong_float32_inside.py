"""Rounds every number to float32 first."""

from typing import SupportsIndex

from torch import Tensor

from .solution import ImageFolder, TextDataset
from .solution import TabularDataset as Right

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_a_table_of_any_shape"}


class TabularDataset(Right):
    def __getitem__(self, index: SupportsIndex) -> tuple[Tensor, int]:
        features, label = super().__getitem__(index)
        return features.float().to(self.dtype), label
