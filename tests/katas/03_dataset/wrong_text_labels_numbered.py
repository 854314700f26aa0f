"""Replaces the labels by their places among the sorted ones."""

from collections.abc import Callable, Sequence

from .solution import ImageFolder, TabularDataset
from .solution import TextDataset as Right

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]

CAUGHT_BY = {"test_a_text_and_its_label"}


class TextDataset(Right):
    def __init__(
        self,
        texts: Sequence[str],
        labels: Sequence[object],
        transform: Callable[[str], object] | None = None,
    ) -> None:
        names = sorted(set(map(str, labels)))
        super().__init__(texts, [names.index(str(label)) for label in labels], transform)
