"""Adds the length to a negative index, and lets the list do the rest."""

import operator
from typing import SupportsIndex

from .solution import ImageFolder, TabularDataset
from .solution import TextDataset as Right

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_indices_are_those_of_a_list"}


class TextDataset(Right):
    def __getitem__(self, index: SupportsIndex) -> dict[str, object]:
        number = operator.index(index)
        if number < 0:
            number += len(self)
        text = self.texts[number]
        value = self.transform(text) if self.transform else text
        return {"Text": value, "Class": self.labels[number]}
