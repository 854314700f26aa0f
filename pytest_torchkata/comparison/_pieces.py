"""Two tensors of one shape, a piece at a time: no comparison needs more memory than a piece."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

# From 32,768 elements on, ATen opens parallel regions: on a busy machine those wait for threads
# that other processes hold. Just below, a float32 buffer also stays under malloc's mmap threshold.
PIECE = 32_704
# An accelerator is slow to start and quick to work: larger pieces, a few temporaries of each.
DEVICE_PIECE = 1 << 22
_AT_ONCE = 128


def limit(tensor: Tensor) -> int:
    """How many elements a piece of `tensor` may have."""
    return PIECE if tensor.is_cpu else DEVICE_PIECE


def pieces(
    actual: Tensor, expected: Tensor, size: int, offset: int = 0
) -> Iterator[tuple[int, Tensor, Tensor]]:
    """Views of at most `size` elements, with the flat index at which each begins.

    Both tensors have the same shape, any strides. The pieces follow each other in logical
    (row-major) order, and so do the elements of each.
    """
    count = actual.numel()
    if count <= size:
        if count:
            yield offset, actual, expected
        return
    if actual.is_contiguous() and expected.is_contiguous():
        actual, expected = actual.view(-1), expected.view(-1)
    row = count // actual.shape[0]
    if row > size:
        for one, other in zip(actual.unbind(0), expected.unbind(0), strict=True):
            yield from pieces(one, other, size, offset)
            offset += row
        return
    rows = size // row
    # Not all views at once: those of 100 million elements alone would take two megabytes.
    some = rows * _AT_ONCE
    for left, right in zip(torch.split(actual, some), torch.split(expected, some), strict=True):
        for one, other in zip(torch.split(left, rows), torch.split(right, rows), strict=True):
            yield offset, one, other
            offset += rows * row


def memory_order(actual: Tensor, expected: Tensor) -> tuple[Tensor, Tensor]:
    """Both with their dimensions permuted to the order of `actual` in memory, largest stride first.

    For comparisons that do not care where an element is: the pieces are then read in sequence.
    """
    if actual.ndim < 2 or actual.is_contiguous():
        return actual, expected
    strides = actual.stride()
    order = sorted(range(actual.ndim), key=lambda dim: -strides[dim])
    return actual.permute(order), expected.permute(order)
