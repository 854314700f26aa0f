"""Accepts nothing but int."""

from typing import SupportsIndex

from .solution import ImageFolder, TabularDataset
from .solution import TextDataset as Right

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_indices_are_those_of_a_list"}


class TextDataset(Right):
    def __getitem__(self, index: SupportsIndex) -> dict[str, object]:
        if not isinstance(index, int):
            raise TypeError(f"the index must be an int, not {type(index).__name__}")
        return super().__getitem__(index)
