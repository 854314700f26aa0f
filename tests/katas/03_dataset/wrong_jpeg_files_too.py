"""Takes JPEG files, too."""

import os
from collections.abc import Callable
from pathlib import Path

from torch import Tensor

from .solution import ImageFolder as Right
from .solution import TabularDataset, TextDataset

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_the_order_of_images"}


class ImageFolder(Right):
    def __init__(
        self,
        root: str | os.PathLike[str],
        transform: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        super().__init__(root, transform)
        self.samples = [
            (path, label)
            for label, name in enumerate(self.classes)
            for path in sorted(Path(root, name).glob("*.[pj][np]g"))
        ]
