"""Takes the header for the first row."""

import csv
import os

import torch

from .solution import ImageFolder, TextDataset
from .solution import TabularDataset as Right

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_the_iris_table"}


class TabularDataset(Right):
    def __init__(
        self,
        csv_path: str | os.PathLike[str],
        label_column: str,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.dtype = dtype
        with open(csv_path, newline="") as file:
            rows = list(csv.reader(file))
        at = rows[0].index(label_column)
        names = [row.pop(at) for row in rows]
        self.rows = [[float(cell) for cell in row] for row in rows]
        self.classes = sorted(set(names))
        self.labels = [self.classes.index(name) for name in names]
