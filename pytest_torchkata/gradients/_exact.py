"""The exact check: every entry of the Jacobian."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from ._compare import Tolerance, as_complex, promoted
from ._errors import GradcheckError
from ._layout import OutputLayout
from ._numeric import Columns, Differences


class Rows(Protocol):
    """Where analytic Jacobians come from."""

    leaves: list[Tensor]
    reached: list[bool]
    """Whether a leaf was ever given a gradient that was not None."""
    batched: bool
    """Whether several rows may be computed at once."""

    def jacobians(self) -> list[list[Tensor]]:
        """For each output and leaf (elements of the output, of the leaf), in real numbers."""

    def row(self, row: int) -> list[Tensor]:
        """For each leaf one row, counted over all outputs, by one backward pass."""


@dataclass(frozen=True)
class Block:
    """The Jacobian of one output (or the real or imaginary part of one) by one leaf.

    Attributes:
        output: index among the differentiable outputs.
        leaf: index of the leaf.
        part: "real", "imaginary", or "" for an output that is real.
        analytic, numerical: (elements of the leaf, elements of the output).
    """

    output: int
    leaf: int
    part: str
    analytic: Tensor
    numerical: Tensor


@dataclass
class _Failing:
    """Which elements of each leaf have a wrong derivative, and the derivatives of some."""

    columns: dict[int, list[int]] = field(default_factory=dict)
    values: dict[int, dict[int, Tensor]] = field(default_factory=dict)

    def add(self, columns: Columns, wrong: Tensor, width: int) -> None:
        """`wrong` has a row for every `width` columns: two for a complex element."""
        rows = wrong.any(dim=1).nonzero().flatten().tolist()
        known = self.columns.setdefault(columns.leaf, [])
        known += [columns.start + row * width for row in rows]
        kept = self.values.setdefault(columns.leaf, {})
        for row in rows:
            kept[columns.start + row * width] = columns.values[row * width]


def failing_blocks(
    differences: Differences,
    backward: Rows,
    layout: OutputLayout,
    tolerance: Tolerance,
) -> list[Block]:
    """The Jacobians, whole, of every output by every leaf of which an entry is wrong.

    Where what fails in a batch does not fail so outside of it, all is done again one by one.
    """
    analytic = _analytic(backward, layout)
    failing = _Failing()
    for columns in differences.all():
        expected = analytic[columns.leaf][columns.start : columns.start + len(columns.values)]
        here, there = promoted(expected, columns.values)
        if backward.leaves[columns.leaf].is_complex():
            here, there = as_complex(here), as_complex(there)
        if here.numel() and not tolerance.all_close(here, there):
            failing.add(columns, ~tolerance.close(here, there), len(columns.values) // len(here))
    if not failing.columns:
        return []
    if (differences.batched or backward.batched) and not _confirmed(
        differences, backward, analytic, failing
    ):
        differences.batched = backward.batched = False
        return failing_blocks(differences, backward, layout, tolerance)
    return list(_whole(differences, backward, layout, tolerance, analytic, failing))


def _confirmed(
    differences: Differences, backward: Rows, analytic: Sequence[Tensor], failing: _Failing
) -> bool:
    """Whether what was found in batches is found one by one, in some of what failed."""
    for leaf, elements in failing.columns.items():
        picked = sorted({elements[0], elements[len(elements) // 2], elements[-1]})
        alone = differences.one_by_one(leaf, picked)
        kept = failing.values[leaf]
        for column, element in zip(alone, picked, strict=True):
            if not _alike(column, kept[element], differences.eps):
                return False
        rows = (alone - analytic[leaf][picked].to(alone)).abs().amax(dim=0).topk(1).indices
        for row in rows.tolist():
            if not _alike(backward.row(row)[leaf], analytic[leaf][:, row], differences.eps):
                return False
    return True


def _alike(one: Tensor, other: Tensor, eps: float) -> bool:
    """Whether two evaluations of the same derivatives agree as far as rounding lets them."""
    one, other = one.nan_to_num(), other.to(one).nan_to_num()
    scale = max(1.0, float(one.abs().max()))
    return float((one - other).abs().max()) <= 2**14 * torch.finfo(one.dtype).eps / eps * scale


def _analytic(backward: Rows, layout: OutputLayout) -> list[Tensor]:
    """For each leaf (columns, size of the outputs), as the numerical one comes."""
    by_output = backward.jacobians()
    joined = []
    for place in range(len(backward.leaves)):
        parts = [rows[place] for rows in by_output]
        # Transposed as a whole: torch does that by tiles, but copies a part of it by elements.
        joined.append((parts[0] if len(parts) == 1 else torch.cat(parts)).t().contiguous())
    return joined


def _whole(
    differences: Differences,
    backward: Rows,
    layout: OutputLayout,
    tolerance: Tolerance,
    analytic: Sequence[Tensor],
    failing: _Failing,
) -> Iterator[Block]:
    for leaf in failing.columns:
        columns = [each.values for each in differences.of(leaf)]
        here, there = promoted(analytic[leaf], torch.cat(columns))
        if backward.leaves[leaf].is_complex():
            here, there = as_complex(here), as_complex(there)
        wrong = ~tolerance.close(here, there)
        for output, (start, stop) in enumerate(layout.spans):
            if layout.dtypes[output].is_complex:
                parts = {"real": slice(start, stop, 2), "imaginary": slice(start + 1, stop, 2)}
            else:
                parts = {"": slice(start, stop)}
            for part, span in parts.items():
                if wrong[:, span].any():
                    yield Block(output, leaf, part, here[:, span], there[:, span])


def must_be_zero(differences: Differences) -> None:
    """When no output is differentiable, no output may depend on a leaf.

    Raises:
        GradcheckError: one does.
    """
    for columns in differences.all():
        if bool((columns.values != 0).any()):
            leaf = differences.subject.leaves[columns.leaf]
            raise GradcheckError(
                "Numerical gradient for function expected to be zero\n"
                f"  the output changes with {leaf.name}, but does not require a gradient\n"
                "  why: the output was cut off from the graph: by detach, .data, .item(), numpy, "
                "torch.tensor(...) or torch.no_grad()"
            )
