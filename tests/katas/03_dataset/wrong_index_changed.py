"""Adds the length to the index in place, which changes the caller's tensor."""

from typing import Any

from .solution import ImageFolder, TabularDataset
from .solution import TextDataset as Right

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_indices_are_those_of_a_list"}


class TextDataset(Right):
    def __getitem__(self, index: Any) -> dict[str, object]:  # a tensor, too
        if -len(self) <= index < 0:
            index += len(self)
        return super().__getitem__(index)
