"""Reads a bad cell as NaN."""

import csv
import math
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
            for line, row in enumerate(reader, 2):
                if len(row) != len(header):
                    raise ValueError(f"{csv_path}, line {line}: {len(row)} cells")
                names.append(row[at])
                cells = row[:at] + row[at + 1 :]
                self.rows.append([])
                for cell in cells:
                    try:
                        self.rows[-1].append(float(cell))
                    except ValueError:
                        self.rows[-1].append(math.nan)
        self.classes = sorted(set(names))
        self.labels = [self.classes.index(name) for name in names]
