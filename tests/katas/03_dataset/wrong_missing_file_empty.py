"""Takes a missing file for an empty table."""

import os

import torch

from .solution import ImageFolder, TextDataset
from .solution import TabularDataset as Right

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_a_missing_file_or_label_column"}


class TabularDataset(Right):
    def __init__(
        self,
        csv_path: str | os.PathLike[str],
        label_column: str,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        if os.path.exists(csv_path):
            super().__init__(csv_path, label_column, dtype)
        else:
            self.rows, self.labels, self.classes, self.dtype = [], [], [], dtype
