"""Keeps a dict from text to label, in which equal texts are one."""

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
        super().__init__(texts, labels, transform)
        pairs = dict(zip(self.texts, self.labels, strict=True))
        self.texts, self.labels = list(pairs), list(pairs.values())
