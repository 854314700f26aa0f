"""Gives the name of the class."""

from typing import Any, SupportsIndex

from .solution import ImageFolder as Right
from .solution import TabularDataset, TextDataset

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_the_order_of_images"}


class ImageFolder(Right):
    def __getitem__(self, index: SupportsIndex) -> Any:  # a str for the label
        image, label = super().__getitem__(index)
        return image, self.classes[label]
