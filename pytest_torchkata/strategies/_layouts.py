"""Layouts: the same values, elsewhere in memory."""

from __future__ import annotations

from typing import NamedTuple

import torch
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import SearchStrategy

from ._code import literal

LAYOUTS = ("contiguous", "transposed", "sliced", "offset", "expanded", "channels_last")


class Laid(NamedTuple):
    """A tensor in some layout, and how it came about: `base`, and what is done to it."""

    tensor: torch.Tensor
    base: torch.Tensor
    ending: str = ""

    def code(self, requires_grad: bool) -> str:
        """The code that makes it."""
        if not self.ending:
            return literal(self.base, requires_grad=requires_grad)
        return literal(self.base) + self.ending + (".requires_grad_()" if requires_grad else "")


def layouts(*names: str) -> SearchStrategy[str]:
    """Names of memory layouts, for `tensors(layout=layouts())`.

    Args:
        names: those to choose from, simplest first; all by default. "contiguous", "transposed"
            (the last two dimensions), "sliced" (steps of two), "offset" (does not start where its
            storage does), "expanded" (stride 0: its rows are equal), "channels_last".

    A layout that a shape cannot have (a transposed vector) becomes contiguous.
    """
    for name in names:
        if name not in LAYOUTS:
            raise InvalidArgument(f"layout {name!r} is not one of {', '.join(LAYOUTS)}")
    return st.sampled_from(names or LAYOUTS)


def filled_shape(shape: tuple[int, ...], layout: str) -> tuple[int, ...]:
    """The shape of the distinct elements of a tensor of `shape`."""
    dim = _expanded_dim(shape) if layout == "expanded" else None
    if dim is None:
        return shape
    return (*shape[:dim], 1, *shape[dim + 1 :])


def _expanded_dim(shape: tuple[int, ...]) -> int | None:
    return next((dim for dim, side in enumerate(shape) if side > 1), None)


def laid_out(values: torch.Tensor, shape: tuple[int, ...], layout: str) -> Laid:
    """Put the contiguous `values` (of `filled_shape`) into a layout."""
    dims = len(shape)
    sides = ", ".join(map(str, shape))
    if layout == "transposed" and dims >= 2:
        base = values.transpose(-1, -2).contiguous()
        ending = ".t()" if dims == 2 else ".transpose(-1, -2)"
        return Laid(base.transpose(-1, -2), base, ending)
    if layout == "sliced" and dims and values.numel():
        base = _apart(values)
        return Laid(base[..., ::2], base, "[::2]" if dims == 1 else "[..., ::2]")
    if layout == "offset" and values.numel():
        flat = values.reshape(-1)
        base = torch.cat([_other(flat[:1]), flat])
        if not dims:
            return Laid(base[1], base, "[1]")
        return Laid(base[1:].view(shape), base, "[1:]" if dims == 1 else f"[1:].view({sides})")
    if layout == "expanded" and values.shape != shape:
        return Laid(values.expand(shape), values, f".expand({sides})")
    if layout == "channels_last" and dims in (4, 5):
        name = "channels_last" if dims == 4 else "channels_last_3d"
        tensor = values.contiguous(memory_format=getattr(torch, name))
        return Laid(tensor, values, f".contiguous(memory_format=torch.{name})")
    return Laid(values, values)


def _other(values: torch.Tensor) -> torch.Tensor:
    """Values that differ from these: what lies between must not pass for the real ones."""
    return torch.where(values == 1, torch.zeros_like(values), torch.ones_like(values))


def _apart(values: torch.Tensor) -> torch.Tensor:
    gaps = _other(values)
    both = torch.stack([values, gaps], dim=-1)
    return both.reshape(*values.shape[:-1], 2 * values.shape[-1])
