"""Keeps every image that was asked for once."""

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
        self.seen: dict[int, tuple[Tensor, int]] = {}

    def __getitem__(self, index: SupportsIndex) -> tuple[Tensor, int]:
        position = range(len(self))[index]
        if position not in self.seen:
            self.seen[position] = super().__getitem__(position)
        image, label = self.seen[position]
        return image.clone(), label
