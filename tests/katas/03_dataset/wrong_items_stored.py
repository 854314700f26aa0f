"""Makes every dict once and hands out the same ones."""

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
        self.items = [Right.__getitem__(self, number) for number in range(len(texts))]

    def __getitem__(self, index: SupportsIndex) -> dict[str, object]:
        return self.items[index]
