"""Tells Pillow to accept files that are cut off."""

from typing import SupportsIndex

from PIL import ImageFile
from torch import Tensor

from .solution import ImageFolder as Right
from .solution import TabularDataset, TextDataset

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_unreadable_images"}


class ImageFolder(Right):
    def __getitem__(self, index: SupportsIndex) -> tuple[Tensor, int]:
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        try:
            return super().__getitem__(index)
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = False
