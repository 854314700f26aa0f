"""Opens every file at construction, to see whether it is an image."""

import os
from collections.abc import Callable
from contextlib import suppress

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
        for path, _ in self.samples:
            with suppress(OSError), Image.open(path) as file:
                file.verify()
