"""Does not tell which file is broken."""

from typing import SupportsIndex

from torch import Tensor

from .solution import ImageFolder as Right
from .solution import TabularDataset, TextDataset

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_unreadable_images"}


class ImageFolder(Right):
    def __getitem__(self, index: SupportsIndex) -> tuple[Tensor, int]:
        try:
            return super().__getitem__(index)
        except ValueError:
            raise ValueError("the image cannot be read") from None
