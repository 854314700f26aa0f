"""Makes an empty dataset of a folder without classes."""

import os
from collections.abc import Callable
from pathlib import Path

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
        self.samples = []
        self.classes = []
        self.transform = transform
        if any(path.is_dir() for path in Path(root).iterdir()):
            super().__init__(root, transform)
