"""Leaves out rows that it cannot read."""

import csv
import os

import torch

from .solution import ImageFolder, TextDataset
from .solution import TabularDataset as Right

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_a_row_that_is_wrong"}


class TabularDataset(Right):
    def __init__(
        self,
        csv_path: str | os.PathLike[str],
        label_column: str,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.dtype = dtype
        self.rows, names = [], list[str]()
        with open(csv_path, newline="") as file:
            reader = csv.reader(file)
            header = next(reader)
            if label_column not in header:
                raise ValueError(f"{csv_path}, line 1: no column {label_column}")
            at = header.index(label_column)
            for _, row in enumerate(reader, 2):
                if len(row) != len(header):
                    continue
                names.append(row[at])
                cells = row[:at] + row[at + 1 :]
                try:
                    self.rows.append([float(cell) for cell in cells])
                except ValueError:
                    names.pop()
        self.classes = sorted(set(names))
        self.labels = [self.classes.index(name) for name in names]
