"""Refuses with an assert."""

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
        assert len(texts) == len(labels), f"{len(texts)} texts, {len(labels)} labels"
        super().__init__(texts, labels, transform)
