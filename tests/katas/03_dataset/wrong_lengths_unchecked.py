"""Lets zip drop what has no partner."""

from collections.abc import Callable, Sequence

from .solution import ImageFolder, TabularDataset
from .solution import TextDataset as Right

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_as_many_labels_as_texts"}


class TextDataset(Right):
    def __init__(
        self,
        texts: Sequence[str],
        labels: Sequence[object],
        transform: Callable[[str], object] | None = None,
    ) -> None:
        pairs = list(zip(texts, labels, strict=False))
        super().__init__([text for text, _ in pairs], [label for _, label in pairs], transform)
