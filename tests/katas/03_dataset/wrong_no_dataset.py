"""Does not derive from Dataset."""

from collections.abc import Callable, Sequence
from typing import SupportsIndex

from .solution import ImageFolder, TabularDataset

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_a_text_and_its_label"}


class TextDataset:
    def __init__(
        self,
        texts: Sequence[str],
        labels: Sequence[object],
        transform: Callable[[str], object] | None = None,
    ) -> None:
        if len(texts) != len(labels):
            raise ValueError(f"{len(texts)} texts and {len(labels)} labels")
        self.texts, self.labels, self.transform = list(texts), list(labels), transform

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, index: SupportsIndex) -> dict[str, object]:
        text = self.texts[index]
        return {
            "Text": self.transform(text) if self.transform else text,
            "Class": self.labels[index],
        }
