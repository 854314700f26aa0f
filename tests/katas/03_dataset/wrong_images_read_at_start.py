"""Reads all images at construction."""

import operator
import os
from collections.abc import Callable
from typing import SupportsIndex

from torch import Tensor

from .solution import ImageFolder as Right
from .solution import TabularDataset, TextDataset

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_images_are_opened_when_asked_for"}


class ImageFolder(Right):
    def __init__(
        self,
        root: str | os.PathLike[str],
        transform: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        super().__init__(root, transform)
        self.images = [Right.__getitem__(self, number) for number in range(len(self))]

    def __getitem__(self, index: SupportsIndex) -> tuple[Tensor, int]:
        image, label = self.images[operator.index(index)]
        return image.clone(), label
