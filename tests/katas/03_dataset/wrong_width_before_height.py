"""Puts the width before the height."""

import operator
from typing import SupportsIndex

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from .solution import ImageFolder as Right
from .solution import TabularDataset, TextDataset

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_the_pixels_of_an_image"}


class ImageFolder(Right):
    def __getitem__(self, index: SupportsIndex) -> tuple[Tensor, int]:
        path, label = self.samples[operator.index(index)]
        try:
            with Image.open(path) as file:
                pixels = file.convert("L" if file.mode in ("1", "L", "LA") else "RGB")
        except OSError as error:
            raise ValueError(f"{path} is no readable image") from error
        array = np.array(pixels)
        image = torch.from_numpy(array).view(pixels.height, pixels.width, -1).permute(2, 1, 0) / 255
        return (image if self.transform is None else self.transform(image)), label
