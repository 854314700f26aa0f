"""Leaves broken files out."""

import os
from collections.abc import Callable
from contextlib import suppress

from PIL import Image
from torch import Tensor

from .solution import ImageFolder as Right
from .solution import TabularDataset, TextDataset

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_unreadable_images"}


class ImageFolder(Right):
    def __init__(
        self,
        root: str | os.PathLike[str],
        transform: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        super().__init__(root, transform)
        good = []
        for path, label in self.samples:
            with suppress(OSError), Image.open(path):
                good.append((path, label))
        self.samples = good
