"""Leaves the file of the last item open."""

import operator
from typing import SupportsIndex

from torch import Tensor

from .solution import ImageFolder as Right
from .solution import TabularDataset, TextDataset

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_images_are_opened_when_asked_for"}


class ImageFolder(Right):
    def __getitem__(self, index: SupportsIndex) -> tuple[Tensor, int]:
        self.file = open(self.samples[operator.index(index)][0], "rb")  # noqa: SIM115  the misconception
        return super().__getitem__(index)
