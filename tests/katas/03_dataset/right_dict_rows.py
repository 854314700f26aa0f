"""DictReader, glob and range: indices are those of a range."""

import csv
import os
from collections.abc import Callable, Sequence
from glob import glob
from pathlib import Path
from typing import Any, SupportsIndex

import torch
from torch import Tensor
from torch.utils.data import Dataset

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]


class TextDataset(Dataset[dict[str, object]]):
    """Texts and their labels.

    Args:
        texts: n texts.
        labels: n labels, such as names or numbers.
        transform: called with a text; the item holds what it returns, whatever that is.

    Raises:
        ValueError: there are not as many labels as texts; the message tells both lengths.
    """

    def __init__(
        self,
        texts: Sequence[str],
        labels: Sequence[object],
        transform: Callable[[str], object] | None = None,
    ) -> None:
        if (n := len(texts)) != (m := len(labels)):
            raise ValueError(f"{n} != {m}: every text needs one label")
        self.samples = tuple(zip(texts, labels, strict=True))
        self.transform = transform

    def __len__(self) -> int:
        """The number of texts."""
        return len(self.samples)

    def __getitem__(self, index: SupportsIndex) -> dict[str, object]:
        """One text and its label.

        Args:
            index: an integer or whatever counts as one; -n <= index < n, as in a list.

        Returns:
            {"Text": the text or what transform made of it, "Class": its label}; the caller may
            change it in place.

        Raises:
            IndexError: index is out of range.
        """
        text, label = self.samples[range(len(self))[index]]
        value: object = text
        if self.transform is not None:
            value = self.transform(text)
        item: dict[str, object] = {}
        item["Class"] = label
        item["Text"] = value
        return item


class TabularDataset(Dataset[tuple[Tensor, int]]):
    """The rows of a CSV file with a header.

    Args:
        csv_path: the file.
        label_column: the name of the column that holds the labels; all others hold numbers.
        dtype: the dtype of the features.

    Attributes:
        classes: the names of the labels, each once, sorted.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a cell that must be a number is none, a row has more or fewer cells than the
            header, or label_column is missing; the message tells file, line (the header is
            line 1) and column.
    """

    classes: list[str]

    def __init__(
        self,
        csv_path: str | os.PathLike[str],
        label_column: str,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self._dtype = dtype
        self._rows: list[dict[str, Any]] = []
        with Path(csv_path).open(newline="") as file:
            table = csv.DictReader(file)
            columns = list(table.fieldnames or [])
            if label_column not in columns:
                raise ValueError(f"{csv_path} line 1: no column named {label_column!r}")
            for line, row in enumerate(table, start=2):
                where = f"{csv_path} line {line}"
                if None in row:
                    raise ValueError(f"{where} goes on after the last column, {columns[-1]!r}")
                for column, cell in row.items():
                    if cell is None:
                        raise ValueError(f"{where} has no cell for column {column!r}")
                    if column != label_column:
                        try:
                            row[column] = float(cell)  # type: ignore[assignment]  # cells become numbers
                        except ValueError:
                            raise ValueError(f"{where} column {column!r}: {cell!r}?") from None
                self._rows.append({**row})
        self._names = [row.pop(label_column) for row in self._rows]
        self.classes = sorted(set(self._names))
        self._index = {name: number for number, name in enumerate(self.classes)}

    def __len__(self) -> int:
        """The number of rows below the header."""
        return len(self._names)

    def __getitem__(self, index: SupportsIndex) -> tuple[Tensor, int]:
        """The features and the label of one row.

        Args:
            index: an integer or whatever counts as one; -n <= index < n, as in a list.

        Returns:
            The numbers of the row in the order of the file, of shape (features,) and of the
            dataset's dtype, and the label as an index into classes. The caller may change the
            tensor in place.

        Raises:
            IndexError: index is out of range.
        """
        at = range(len(self))[index]
        features = torch.zeros(len(self._rows[at]), dtype=torch.float64)
        for column, value in enumerate(self._rows[at].values()):
            features[column] = value
        return features.to(self._dtype), self._index[self._names[at]]


class ImageFolder(Dataset[tuple[Tensor, int]]):
    """The images root/<class>/*.png, sorted by path.

    A file is opened when its item is asked for, not before, and nothing of it is kept.

    Args:
        root: the folder that holds one folder a class.
        transform: called with an image as a tensor; the item holds what it returns.

    Attributes:
        classes: the names of the class folders, sorted.

    Raises:
        ValueError: there is no folder in root.
    """

    classes: list[str]

    def __init__(
        self,
        root: str | os.PathLike[str],
        transform: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        root = os.fspath(root)
        found = sorted(name for name in os.listdir(root) if os.path.isdir(os.path.join(root, name)))
        if not found:
            raise ValueError(f"{root!r} has no class folder")
        self.classes = found
        self.paths = sorted(glob(os.path.join(root, "*", "*.png")))
        self.label_of = {name: number for number, name in enumerate(found)}
        self.transform = transform

    def __len__(self) -> int:
        """The number of images in all classes."""
        return sum(1 for _ in self.paths)

    def __getitem__(self, index: SupportsIndex) -> tuple[Tensor, int]:
        """One image and its label.

        Args:
            index: an integer or whatever counts as one; -n <= index < n, as in a list.

        Returns:
            The image, float32 in [0, 1], of shape (1, height, width) for greyscale files (Pillow's
            modes 1, L and LA) and (3, height, width) for all others, without alpha; and the label
            as an index into classes.

        Raises:
            IndexError: index is out of range.
            ValueError: the file is no readable image; the message tells its path.
        """
        from PIL import Image

        path = Path(self.paths[range(len(self))[index]])
        try:
            image = Image.open(path)
            image.load()
        except (OSError, SyntaxError) as error:
            raise ValueError(f"{path}: {error}") from error
        bands = 1 if image.mode in ("1", "L", "LA") else 3
        pixels = image.convert("L" if bands == 1 else "RGB")
        width, height = pixels.size
        tensor = torch.tensor(list(pixels.tobytes()), dtype=torch.float32)
        tensor = tensor.reshape(height, width, bands)
        tensor = torch.stack([tensor[:, :, band] for band in range(bands)]).mul_(1 / 255)
        if self.transform is not None:
            tensor = self.transform(tensor)
        return tensor, self.label_of[path.parent.name]
