"""Kata 03: datasets of texts, tables and images. Replace each NotImplementedError."""

import os
from collections.abc import Callable, Sequence
from typing import SupportsIndex

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
        raise NotImplementedError("Start here. What must the dataset keep, and what must agree?")

    def __len__(self) -> int:
        """The number of texts."""
        raise NotImplementedError("How many items are there?")

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
        raise NotImplementedError("Here an index becomes a text and its label.")


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
        raise NotImplementedError("Read the file here. What can be wrong with it, and where?")

    def __len__(self) -> int:
        """The number of rows below the header."""
        raise NotImplementedError("How many items are there?")

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
        raise NotImplementedError("Here an index becomes the features and the label of a row.")


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
        raise NotImplementedError("Which files are there? What of them must be known already?")

    def __len__(self) -> int:
        """The number of images in all classes."""
        raise NotImplementedError("How many items are there?")

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
        raise NotImplementedError("Here an index becomes an image and its label.")
