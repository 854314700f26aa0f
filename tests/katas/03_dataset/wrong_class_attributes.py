"""Keeps the samples in lists of the class, which all instances share."""

import operator
from collections.abc import Callable, Sequence
from typing import SupportsIndex

from .solution import ImageFolder, TabularDataset
from .solution import TextDataset as Right

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_an_item_is_its_callers"}


class TextDataset(Right):
    samples: list[tuple[str, object]] = []  # noqa: RUF012  the misconception

    def __init__(
        self,
        texts: Sequence[str],
        labels: Sequence[object],
        transform: Callable[[str], object] | None = None,
    ) -> None:
        super().__init__(texts, labels, transform)
        self.samples.extend(zip(texts, labels, strict=True))

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: SupportsIndex) -> dict[str, object]:
        text, label = self.samples[operator.index(index)]
        return {"Text": self.transform(text) if self.transform else text, "Class": label}
