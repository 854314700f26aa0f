"""Reads every file when the first item is asked for."""

from typing import SupportsIndex

from torch import Tensor

from .solution import ImageFolder as Right
from .solution import TabularDataset, TextDataset

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_unreadable_images"}


class ImageFolder(Right):
    def __getitem__(self, index: SupportsIndex) -> tuple[Tensor, int]:
        return [Right.__getitem__(self, number) for number in range(len(self))][index]
