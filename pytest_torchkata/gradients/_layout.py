"""Outputs and inputs as real vectors: complex elements are pairs, several tensors one row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


def real_view(tensor: Tensor) -> Tensor:
    """The same memory as real numbers: a complex tensor gains a last dimension of size 2."""
    return torch.view_as_real(tensor) if tensor.is_complex() else tensor


def real_values(tensor: Tensor) -> Tensor:
    """The values as real numbers, whether their memory can be seen so or not."""
    return real_view(tensor.detach().resolve_conj().resolve_neg())


def real_numel(tensor: Tensor) -> int:
    """How many real numbers a tensor holds."""
    return tensor.numel() * (2 if tensor.is_complex() else 1)


@dataclass(frozen=True)
class OutputLayout:
    """Which outputs of a function are looked at, and where each lies in the vector of all.

    Attributes:
        picked: indices into the function's outputs.
        shapes, dtypes: of the picked outputs.
        spans: (start, stop) of each in the vector of real numbers.
        size: length of that vector.
    """

    picked: tuple[int, ...]
    shapes: tuple[torch.Size, ...]
    dtypes: tuple[torch.dtype, ...]
    spans: tuple[tuple[int, int], ...]
    size: int

    @classmethod
    def of(cls, outputs: Sequence[Tensor], picked: Sequence[int]) -> OutputLayout:
        spans: list[tuple[int, int]] = []
        start = 0
        for index in picked:
            stop = start + real_numel(outputs[index])
            spans.append((start, stop))
            start = stop
        return cls(
            picked=tuple(picked),
            shapes=tuple(outputs[index].shape for index in picked),
            dtypes=tuple(outputs[index].dtype for index in picked),
            spans=tuple(spans),
            size=start,
        )

    def vector(self, outputs: Sequence[Tensor]) -> Tensor:
        """The picked outputs as one new vector of `size` real numbers."""
        if len(self.picked) == 1:
            # clone: an output may be the input itself, which is perturbed in place next.
            return real_values(outputs[self.picked[0]]).reshape(-1).clone()
        parts = [real_values(outputs[index]).reshape(-1) for index in self.picked]
        return torch.cat([part.to(parts[0].device) for part in parts])

    def rows(self, outputs: Sequence[Tensor], count: int) -> Tensor:
        """Batches of the picked outputs, (count, *shape) each, as a (count, size) matrix."""
        parts = [real_values(output).reshape(count, -1) for output in outputs]
        if len(parts) == 1:
            return parts[0]
        return torch.cat([part.to(parts[0].device) for part in parts], dim=1)
