"""Raises KeyError for a missing label column."""

import csv
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
        with open(csv_path, newline="") as file:
            header = next(csv.reader(file))
        {name: number for number, name in enumerate(header)}[label_column]
        super().__init__(csv_path, label_column, dtype)
