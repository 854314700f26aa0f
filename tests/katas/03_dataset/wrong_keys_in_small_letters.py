"""Writes the keys "text" and "class"."""

from typing import SupportsIndex

from .solution import ImageFolder, TabularDataset
from .solution import TextDataset as Right

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_a_text_and_its_label"}


class TextDataset(Right):
    def __getitem__(self, index: SupportsIndex) -> dict[str, object]:
        item = super().__getitem__(index)
        return {"text": item["Text"], "class": item["Class"]}
