"""An epoch over a table and some texts, for the refactor stage to time.

No images: to decode them takes most of the time, and that is Pillow's.
"""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

TABLE = Path(__file__).parents[3] / "katas" / "03_dataset" / "iris.csv"


def call(module: ModuleType) -> Callable[[], None]:
    """Reads the 150 rows of iris, then takes each row and each of 1,000 texts once."""
    texts = [f"text number {number}" for number in range(1000)]

    def epoch() -> None:
        table = module.TabularDataset(TABLE, "species")
        words = module.TextDataset(texts, list(range(1000)), str.upper)
        for dataset in (table, words):
            for index in range(len(dataset)):
                dataset[index]

    return epoch
