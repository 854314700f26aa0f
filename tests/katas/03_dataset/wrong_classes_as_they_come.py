"""Numbers the classes in the order of the file."""

import os

import torch

from .solution import ImageFolder, TextDataset
from .solution import TabularDataset as Right

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_a_table_of_any_shape"}


class TabularDataset(Right):
    def __init__(
        self,
        csv_path: str | os.PathLike[str],
        label_column: str,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__(csv_path, label_column, dtype)
        names = [self.classes[label] for label in self.labels]
        self.classes = list(dict.fromkeys(names))
        self.labels = [self.classes.index(name) for name in names]
