"""Gives each worker samples of its own, as an IterableDataset must."""

import operator
from typing import SupportsIndex

from torch.utils.data import get_worker_info

from .solution import ImageFolder, TabularDataset
from .solution import TextDataset as Right

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_a_loader_gives_every_sample_once"}


class TextDataset(Right):
    def __getitem__(self, index: SupportsIndex) -> dict[str, object]:
        worker = get_worker_info()
        if worker is not None:
            index = (operator.index(index) * worker.num_workers + worker.id) % len(self)
        return super().__getitem__(index)
