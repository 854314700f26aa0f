"""Keeps the transform and never calls it."""

from typing import SupportsIndex

from .solution import ImageFolder, TabularDataset
from .solution import TextDataset as Right

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_the_transform_of_a_text"}


class TextDataset(Right):
    def __getitem__(self, index: SupportsIndex) -> dict[str, object]:
        return {"Text": self.texts[index], "Class": self.labels[index]}
