"""Lists of plain values and paths; every item is made anew."""

import csv
import operator
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import SupportsIndex

import torch
from torch import Tensor
from torch.utils.data import Dataset

__all__ = ["ImageFolder", "TabularDataset", "TextDataset"]


def _position(index: SupportsIndex, length: int) -> int:
    """The place that `index` means in a list of `length` items."""
    number = operator.index(index)
    if not -length <= number < length:
        raise IndexError(f"index {number} is out of range for {length} items")
    return number % length


def _number(cell: str, where: str) -> float:
    """The number in a cell of a table."""
    try:
        return float(cell)
    except ValueError:
        raise ValueError(f"{where}: {cell!r} is not a number") from None


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
        if len(texts) != len(labels):
            raise ValueError(f"there are {len(texts)} texts, but {len(labels)} labels")
        self.texts = list(texts)
        self.labels = list(labels)
        self.transform = transform

    def __len__(self) -> int:
        """The number of texts."""
        return len(self.texts)

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
        position = _position(index, len(self))
        text = self.texts[position]
        return {
            "Text": text if self.transform is None else self.transform(text),
            "Class": self.labels[position],
        }


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
        self.dtype = dtype
        self.rows: list[list[float]] = []
        names: list[str] = []
        with Path(csv_path).open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            header = next(reader, [])
            if label_column not in header:
                raise ValueError(
                    f"{csv_path}, line 1: there is no column {label_column!r}, only {header}"
                )
            at = header.index(label_column)
            for row in reader:
                line = f"{csv_path}, line {reader.line_num}"
                if len(row) != len(header):
                    raise ValueError(
                        f"{line}: {len(row)} cells, but {len(header)} columns: {header}"
                    )
                names.append(row.pop(at))
                columns = header[:at] + header[at + 1 :]
                self.rows.append(
                    [
                        _number(cell, f"{line}, column {column!r}")
                        for column, cell in zip(columns, row, strict=True)
                    ]
                )
        self.classes = sorted(set(names))
        self.labels = [self.classes.index(name) for name in names]

    def __len__(self) -> int:
        """The number of rows below the header."""
        return len(self.rows)

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
        position = _position(index, len(self))
        return torch.tensor(self.rows[position], dtype=self.dtype), self.labels[position]


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
        folders = sorted(path for path in Path(root).iterdir() if path.is_dir())
        if not folders:
            raise ValueError(f"{root} holds no folder, so there is no class")
        self.classes = [folder.name for folder in folders]
        self.samples = [
            (path, label)
            for label, folder in enumerate(folders)
            for path in sorted(folder.glob("*.png"))
        ]
        self.transform = transform

    def __len__(self) -> int:
        """The number of images in all classes."""
        return len(self.samples)

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

        path, label = self.samples[_position(index, len(self))]
        try:
            with Image.open(path) as file:
                grey = file.mode in ("1", "L", "LA")
                pixels = file.convert("L" if grey else "RGB")
        except OSError as error:
            raise ValueError(f"{path} is no readable image: {error}") from error
        values = torch.frombuffer(bytearray(pixels.tobytes()), dtype=torch.uint8)
        image = values.view(pixels.height, pixels.width, -1).permute(2, 0, 1) / 255
        return (image if self.transform is None else self.transform(image)), label
