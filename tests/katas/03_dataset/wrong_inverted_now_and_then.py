"""Turns the image upside down on every second call."""

from typing import SupportsIndex

from torch import Tensor

from .solution import ImageFolder as Right
from .solution import TabularDataset, TextDataset

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_an_item_is_its_callers"}


class ImageFolder(Right):
    calls = 0

    def __getitem__(self, index: SupportsIndex) -> tuple[Tensor, int]:
        image, label = super().__getitem__(index)
        self.calls += 1
        return (image if self.calls % 2 else 1 - image), label
