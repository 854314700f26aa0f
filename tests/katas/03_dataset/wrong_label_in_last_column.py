"""Takes the last column for the label, whatever its name."""

import csv
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
        with open(csv_path, newline="") as file:
            header = next(csv.reader(file))
        super().__init__(csv_path, header[-1] if label_column in header else label_column, dtype)
