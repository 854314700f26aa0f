"""The quick check: every row of the Jacobian along a few random directions.

J u for a handful of directions u, numerically by two evaluations each, analytically by every row of
J. A wrong entry changes its row's product with nearly every u: the elements of u have random signs
and random sizes, so that no two errors cancel but by chance, and in all directions by more chance
still. A difference is no verdict: the exact check then gives it.
"""

from __future__ import annotations

import zlib

import torch
from torch import Tensor

from ._analytic import Backward
from ._layout import OutputLayout, real_numel, real_view
from ._numeric import Differences

_DIRECTIONS = 4


def suspicious(differences: Differences, backward: Backward, layout: OutputLayout) -> bool:
    """Whether some row of the Jacobian disagrees along some direction by more than rounding.

    Raises:
        GradcheckError: backward is not reentrant.
    """
    directions = _directions(backward)
    numerical = _numerical(differences, directions)
    for output, (start, stop) in enumerate(layout.spans):
        analytic = backward.along(output, directions)
        there = numerical[start:stop].to(analytic)
        largest = differences.base[start:stop].abs().max() if stop > start else 0.0
        allowed = 1e-6 + 1e-7 * there.abs() + 1e-9 * largest
        if not bool(((analytic - there).abs() <= allowed).all()):
            return True
    return False


def _directions(backward: Backward) -> list[Tensor]:
    """For each leaf (elements, directions): sizes from 0.5 to 1.5 of both signs.

    Drawn afresh: from the state of torch's generator, which is left as it is, so that the same
    seed gives the same directions.
    """
    own = torch.Generator().manual_seed(zlib.crc32(torch.get_rng_state().numpy().tobytes()))
    directions = []
    for leaf in backward.leaves:
        shape = (real_numel(leaf), _DIRECTIONS)
        drawn = torch.rand(shape, generator=own, dtype=torch.float64) * 2 - 1
        directions.append((drawn + 0.5 * drawn.sign()).to(leaf))
    return directions


def _numerical(differences: Differences, directions: list[Tensor]) -> Tensor:
    """(size of the outputs, directions): central differences along each."""
    differences.find_grad_mode()
    tensors = [real_view(leaf.tensor.data) for leaf in differences.subject.leaves]
    before = [tensor.clone() for tensor in tensors]
    columns = []
    try:
        for column in range(_DIRECTIONS):
            sides, vectors = [], []
            for step in (differences.eps, -differences.eps):
                for tensor, value, direction in zip(tensors, before, directions, strict=True):
                    tensor.copy_(value + step * direction[:, column].reshape(value.shape))
                sides.append(differences.outputs())
                vectors.append(differences.layout.vector(sides[-1]))
            differences.refuse_change(sides[0], sides[1])
            columns.append((vectors[0] - vectors[1]) / (2 * differences.eps))
    finally:
        for tensor, value in zip(tensors, before, strict=True):
            tensor.copy_(value)
    return torch.stack(columns, dim=1)
