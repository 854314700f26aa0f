"""A heat map of a failed comparison: where two tensors differ, and by how much."""

from __future__ import annotations

import math
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import max_pool2d

from ._evidence import Evidence
from ._words import differ

# A picture has at most this many cells a side; each shows the worst of its elements.
_SIDE = 512
# Up to so many cells are marked besides.
_FEW = 400
# Elements looked at together.
_AT_ONCE = 1 << 20


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
    from matplotlib.ticker import MaxNLocator

    worst, height, width = cells(evidence)
    rows, columns = _sides(evidence)
    finite = torch.where(worst.isfinite() & (worst > 0), worst, math.nan)
    figure = Figure(figsize=(7, 5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    shown = finite[finite.isfinite()]
    if len(shown):
        low, high = shown.min().item(), shown.max().item()
        norm = LogNorm(vmin=low, vmax=high if high > low else low * 10)
        image = axes.imshow(
            finite.tolist(),
            norm=norm,
            aspect="auto",
            interpolation="nearest",
            extent=(-0.5, worst.shape[1] * width - 0.5, worst.shape[0] * height - 0.5, -0.5),
        )
        figure.colorbar(image, ax=axes, label="|actual - expected|")
        if len(shown) <= _FEW:  # lest nobody sees them
            x, y = _centres(finite.isfinite(), height, width)
            axes.scatter(
                x, y, c=shown.tolist(), norm=norm, s=16, edgecolors="black", linewidths=0.5
            )
        x, y = _centres(finite == high, height, width)
        axes.scatter(x[:1], y[:1], s=120, facecolors="none", edgecolors="black", label="the worst")
    x, y = _centres(~worst.isfinite(), height, width)
    if x:
        axes.scatter(x, y, c="red", s=6, marker="s", label="NaN or inf")
    if len(shown) or x:
        axes.legend(loc="upper right")
    axes.set_xlim(-0.5, columns - 0.5)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    if rows == 1:
        axes.set_yticks([])
    count, total = evidence.mismatched, evidence.total
    lines = [title, f"{count:,} of {total:,} elements {differ(count)}"]
    if height > 1 or width > 1:
        lines.append(f"a cell shows the worst of {height} × {width} elements")
    axes.set_title("\n".join(lines))
    across, down = {0: ("", ""), 1: ("index", ""), 2: ("column", "row")}.get(
        evidence.actual.ndim, ("last dimension", "all other dimensions, flat")
    )
    axes.set_xlabel(across)
    axes.set_ylabel(down)
    figure.savefig(path, dpi=100)


def _centres(where: Tensor, height: int, width: int) -> tuple[list[float], list[float]]:
    places = where.nonzero().tolist()
    x = [(column + 0.5) * width - 0.5 for _, column in places]
    return x, [(row + 0.5) * height - 0.5 for row, _ in places]


def cells(evidence: Evidence) -> tuple[Tensor, int, int]:
    """The worst error of each cell, and how many rows and columns of elements a cell has.

    Returns:
        A float64 tensor of at most 512 × 512: |actual - expected|, inf where that is not finite.
    """
    rows, columns = _sides(evidence)
    height, width = -(-rows // _SIDE), -(-columns // _SIDE)
    actual, expected = evidence.actual.reshape(rows, -1), evidence.expected.reshape(rows, -1)
    # Whole cells together, and of those as many as are looked at together.
    across = max(_AT_ONCE // (height * width), 1) * width
    down = max(_AT_ONCE // (min(across, columns) * height), 1) * height
    found = [
        torch.cat(
            [
                _worst(evidence, one, other, (height, width))
                for one, other in zip(
                    torch.split(left, across, 1), torch.split(right, across, 1), strict=True
                )
            ],
            1,
        )
        for left, right in zip(torch.split(actual, down), torch.split(expected, down), strict=True)
    ]
    return torch.cat(found), height, width


def _sides(evidence: Evidence) -> tuple[int, int]:
    shape = evidence.actual.shape
    return math.prod(shape[:-1]), shape[-1] if shape else 1


def _worst(evidence: Evidence, actual: Tensor, expected: Tensor, cell: tuple[int, int]) -> Tensor:
    wide = torch.complex128 if actual.is_complex() else torch.float64
    actual, expected = actual.to(wide).cpu(), expected.to(wide).cpu()
    error = (actual - expected).abs().nan_to_num(math.inf, math.inf)
    error[actual == expected] = 0  # inf - inf is NaN
    if evidence.equal_nan:
        error[actual.isnan() & expected.isnan()] = 0
    return max_pool2d(error[None, None], cell, ceil_mode=True)[0, 0]
