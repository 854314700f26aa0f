"""Lets Pillow complain."""

import operator
from typing import SupportsIndex

import torch
from PIL import Image
from torch import Tensor

from .solution import ImageFolder as Right
from .solution import TabularDataset, TextDataset

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_unreadable_images"}


class ImageFolder(Right):
    def __getitem__(self, index: SupportsIndex) -> tuple[Tensor, int]:
        path, label = self.samples[operator.index(index)]
        with Image.open(path) as file:
            pixels = file.convert("L" if file.mode in ("1", "L", "LA") else "RGB")
        values = torch.frombuffer(bytearray(pixels.tobytes()), dtype=torch.uint8)
        image = values.view(pixels.height, pixels.width, -1).permute(2, 0, 1) / 255
        return (self.transform(image) if self.transform else image), label
