"""Hands out views of the matrix that it keeps."""

import operator
import os
from typing import SupportsIndex

import torch
from torch import Tensor

from .solution import ImageFolder, TextDataset
from .solution import TabularDataset as Right

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_an_item_is_its_callers"}


class TabularDataset(Right):
    def __init__(
        self,
        csv_path: str | os.PathLike[str],
        label_column: str,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__(csv_path, label_column, dtype)
        self.matrix = torch.tensor(self.rows, dtype=dtype)

    def __getitem__(self, index: SupportsIndex) -> tuple[Tensor, int]:
        return self.matrix[operator.index(index)], self.labels[operator.index(index)]
