"""Goes on to the next sample, whatever the index."""

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
        super().__init__(texts, labels, transform)
        self.next = 0

    def __getitem__(self, index: SupportsIndex) -> dict[str, object]:
        item = super().__getitem__(self.next % len(self))
        self.next += 1
        return item
