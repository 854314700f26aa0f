"""Refuses negative indices."""

import operator
from typing import SupportsIndex

from .solution import ImageFolder, TabularDataset
from .solution import TextDataset as Right

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_indices_are_those_of_a_list"}


class TextDataset(Right):
    def __getitem__(self, index: SupportsIndex) -> dict[str, object]:
        if operator.index(index) < 0:
            raise IndexError(index)
        return super().__getitem__(index)
