"""A heat map of a failed comparison: where two tensors differ, and by how much."""

from __future__ import annotations

import math
from pathlib import Path

import torch
from torch import Tensor

from ._evidence import Evidence

# A picture has at most this many pixels a side; of larger tensors every k-th element is drawn.
_SIDE = 512


def save(evidence: Evidence, title: str, path: Path) -> None:
    """Draw |actual - expected| on a logarithmic scale, NaN and inf in red, to a PNG file.

    Args:
        evidence: two tensors of any shape; all dimensions but the last are drawn as rows.
        title: what stands above.
        path: the file to write; its folder is there.
    """
    # The object-oriented interface: pyplot would keep the figure, and choose a window system.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.colors import LogNorm
    from matplotlib.figure import Figure

    actual, rows, columns = _flattened(evidence.actual)
    expected, _, _ = _flattened(evidence.expected)
    error = (actual - expected).abs()
    finite = torch.where(error.isfinite() & (error > 0), error, math.nan)
    figure = Figure(figsize=(7, 5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    shown = finite[finite.isfinite()]
    if len(shown):
        low, high = shown.min().item(), shown.max().item()
        image = axes.imshow(
            finite.tolist(),
            norm=LogNorm(vmin=low, vmax=high if high > low else low * 10),
            aspect="auto",
            interpolation="nearest",
        )
        figure.colorbar(image, ax=axes, label="|actual - expected|")
    places = (~error.isfinite()).nonzero().tolist()
    if places:
        axes.scatter(
            [place[1] for place in places],
            [place[0] for place in places],
            c="red",
            s=6,
            marker="s",
            label="NaN or inf",
        )
        axes.set_xlim(-0.5, error.shape[1] - 0.5)
        axes.set_ylim(error.shape[0] - 0.5, -0.5)
        axes.legend(loc="upper right")
    axes.set_title(f"{title}\n{evidence.mismatched:,} of {evidence.total:,} elements differ")
    axes.set_ylabel("all other dimensions" + (f", every {rows}th" if rows > 1 else ""))
    axes.set_xlabel("last dimension" + (f", every {columns}th" if columns > 1 else ""))
    figure.savefig(path, dpi=100)


def _flattened(tensor: Tensor) -> tuple[Tensor, int, int]:
    """At most _SIDE by _SIDE elements in double precision; every how many rows and columns."""
    if tensor.ndim == 0:
        tensor = tensor.reshape(1)
    columns = -(-tensor.shape[-1] // _SIDE)
    tensor = tensor[..., ::columns]
    leading = math.prod(tensor.shape[:-1])
    rows = -(-leading // _SIDE)
    flat = torch.arange(0, leading, rows, device=tensor.device)
    index: list[Tensor] = []
    for size in reversed(tensor.shape[:-1]):
        index.append(flat % size)
        flat = flat // size
    chosen = tensor[tuple(reversed(index))] if index else tensor[None]
    wide = torch.complex128 if chosen.is_complex() else torch.float64
    return chosen.to(wide).cpu(), rows, columns
