"""One tensor for the whole table, cloned row by row; images through NumPy."""

import csv
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import SupportsIndex

import numpy as np
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
        self._pairs = [(text, label) for text, label in zip(texts, labels, strict=False)]
        if not len(texts) == len(labels) == len(self._pairs):
            raise ValueError(f"len(texts) is {len(texts)}, len(labels) is {len(labels)}")
        self._transform = transform or str

    def __len__(self) -> int:
        """The number of texts."""
        return len(self._pairs)

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
        text, label = self._pairs[index]
        return dict(Text=self._transform(text), Class=label)


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
        path = Path(csv_path)
        lines = path.read_text(encoding="utf-8").splitlines()
        header, *body = csv.reader(lines)
        if label_column not in header:
            raise ValueError(f"{path}:1: column {label_column} is missing")
        values = np.empty((len(body), len(header) - 1), dtype=np.float64)
        names = []
        for number, row in enumerate(body):
            if len(row) != len(header):
                column = header[min(len(row), len(header) - 1)]
                raise ValueError(f"{path}:{number + 2}: {len(row)} cells; the last is {column}")
            cells = dict(zip(header, row, strict=True))
            names.append(cells.pop(label_column))
            for column, (key, cell) in enumerate(cells.items()):
                try:
                    values[number, column] = float(cell)
                except ValueError as error:
                    raise ValueError(f"{path}:{number + 2}, {key}: {error}") from error
        self.features = torch.from_numpy(values).to(dtype)
        self.classes = sorted({*names})
        self.labels = torch.tensor([self.classes.index(name) for name in names], dtype=torch.int64)

    def __len__(self) -> int:
        """The number of rows below the header."""
        return self.features.shape[0]

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
        at = index.__index__()
        if at >= len(self) or at < -len(self):
            raise IndexError(at)
        return self.features[at].clone(), int(self.labels[at])


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
        self.root = os.path.abspath(root)
        self.classes = sorted(entry.name for entry in os.scandir(self.root) if entry.is_dir())
        if len(self.classes) == 0:
            raise ValueError(f"no class folders in {self.root}")
        self.files: list[str] = []
        for name in self.classes:
            for file in os.listdir(os.path.join(self.root, name)):
                if file.endswith(".png"):
                    self.files.append(os.path.join(self.root, name, file))
        self.files.sort()
        self.transform = transform

    def __len__(self) -> int:
        """The number of images in all classes."""
        return len(self.files)

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
        import PIL.Image

        path = self.files[index]
        with open(path, "rb") as stream:
            try:
                opened = PIL.Image.open(stream)
                if opened.mode in {"1", "L", "LA"}:
                    array = np.asarray(opened.convert("L"))[None]
                else:
                    array = np.asarray(opened.convert("RGB")).transpose(2, 0, 1)
            except Exception as error:
                raise ValueError(f"cannot read {path}") from error
        image = torch.from_numpy(array.astype(np.float32) / np.float32(255))
        if self.transform:
            image = self.transform(image)
        return image, self.classes.index(os.path.basename(os.path.dirname(path)))
