"""Gives the name of the label."""

from typing import Any, SupportsIndex

from .solution import ImageFolder, TextDataset
from .solution import TabularDataset as Right

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_the_iris_table", "test_a_table_of_any_shape"}


class TabularDataset(Right):
    def __getitem__(self, index: SupportsIndex) -> Any:  # a str for the label
        features, label = super().__getitem__(index)
        return features, self.classes[label]
