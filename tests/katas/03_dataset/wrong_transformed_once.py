"""Transforms at construction and shares the results."""

from collections.abc import Callable, Sequence
from typing import SupportsIndex

from .solution import ImageFolder, TabularDataset
from .solution import TextDataset as Right

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_an_item_is_its_callers"}


class TextDataset(Right):
    def __init__(
        self,
        texts: Sequence[str],
        labels: Sequence[object],
        transform: Callable[[str], object] | None = None,
    ) -> None:
        super().__init__(texts, labels)
        self.values = [transform(text) if transform else text for text in texts]

    def __getitem__(self, index: SupportsIndex) -> dict[str, object]:
        return {"Text": self.values[index], "Class": self.labels[index]}
