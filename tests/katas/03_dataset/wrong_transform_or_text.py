"""Falls back to the text where the transform gives something empty."""

from typing import SupportsIndex

from .solution import ImageFolder, TabularDataset
from .solution import TextDataset as Right

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_the_transform_of_a_text"}


class TextDataset(Right):
    def __getitem__(self, index: SupportsIndex) -> dict[str, object]:
        text = self.texts[index]
        value = self.transform(text) if self.transform else None
        return {"Text": value or text, "Class": self.labels[index]}
