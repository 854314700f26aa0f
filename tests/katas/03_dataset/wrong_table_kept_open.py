"""Keeps the file open and reads a row when it is asked for."""

import os
from typing import SupportsIndex

import torch
from torch import Tensor

from .solution import ImageFolder, TextDataset
from .solution import TabularDataset as Right

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_datasets_can_be_pickled"}


class TabularDataset(Right):
    def __init__(
        self,
        csv_path: str | os.PathLike[str],
        label_column: str,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__(csv_path, label_column, dtype)
        self.file = open(csv_path, newline="")  # noqa: SIM115  the misconception

    def __getitem__(self, index: SupportsIndex) -> tuple[Tensor, int]:
        self.file.seek(0)
        return super().__getitem__(index)
