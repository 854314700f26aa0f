"""Opens all images at construction, because Pillow reads pixels later."""

import operator
import os
from collections.abc import Callable
from typing import SupportsIndex

import torch
from PIL import Image
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
        self.opened = [Image.open(path) for path, _ in self.samples]

    def __getitem__(self, index: SupportsIndex) -> tuple[Tensor, int]:
        position = operator.index(index)
        file = self.opened[position]
        pixels = file.convert("L" if file.mode in ("1", "L", "LA") else "RGB")
        values = torch.frombuffer(bytearray(pixels.tobytes()), dtype=torch.uint8)
        image = values.view(pixels.height, pixels.width, -1).permute(2, 0, 1) / 255
        return (self.transform(image) if self.transform else image), self.samples[position][1]
