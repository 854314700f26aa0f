"""Expects errors when the file is opened, not when pixels are read."""

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
        try:
            file = Image.open(path)
        except OSError as error:
            raise ValueError(f"{path} is no image") from error
        pixels = file.convert("L" if file.mode in ("1", "L", "LA") else "RGB")
        values = torch.frombuffer(bytearray(pixels.tobytes()), dtype=torch.uint8)
        image = values.view(pixels.height, pixels.width, -1).permute(2, 0, 1) / 255
        return (self.transform(image) if self.transform else image), label
