"""Keeps the names of the files without their folder."""

import os
from collections.abc import Callable
from pathlib import Path

from torch import Tensor

from .solution import ImageFolder as Right
from .solution import TabularDataset, TextDataset

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_the_pixels_of_an_image"}


class ImageFolder(Right):
    def __init__(
        self,
        root: str | os.PathLike[str],
        transform: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        super().__init__(root, transform)
        self.samples = [(Path(path.parent.name, path.name), label) for path, label in self.samples]
