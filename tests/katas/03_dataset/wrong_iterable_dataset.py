"""Derives from IterableDataset."""

from collections.abc import Callable, Iterator, Sequence
from typing import SupportsIndex

from torch.utils.data import IterableDataset

from .solution import ImageFolder, TabularDataset
from .solution import TextDataset as Right

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_a_loader_gives_every_sample_once"}


class TextDataset(IterableDataset[dict[str, object]]):
    def __init__(
        self,
        texts: Sequence[str],
        labels: Sequence[object],
        transform: Callable[[str], object] | None = None,
    ) -> None:
        self.right = Right(texts, labels, transform)

    def __len__(self) -> int:
        return len(self.right)

    def __getitem__(self, index: SupportsIndex) -> dict[str, object]:
        return self.right[index]

    def __iter__(self) -> Iterator[dict[str, object]]:
        return (self.right[number] for number in range(len(self)))
