"""Searches the samples and gives None where the index is too large."""

import operator
from typing import Any, SupportsIndex

from .solution import ImageFolder as Right
from .solution import TabularDataset, TextDataset

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_indices_are_those_of_a_list"}


class ImageFolder(Right):
    def __getitem__(self, index: SupportsIndex) -> Any:  # None, too
        wanted = operator.index(index) + (len(self) if operator.index(index) < 0 else 0)
        for number in range(len(self)):
            if number == wanted:
                return super().__getitem__(number)
        return None
