"""Numerical Jacobians by central differences, one perturbation at a time.

(f(x + eps e_k) - f(x - eps e_k)) / (2 eps) for every element k of every leaf; a complex element
is perturbed along its real and its imaginary part.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ._layout import OutputLayout, real_numel, real_view
from ._random import Generators
from ._subject import Subject


@dataclass(frozen=True)
class Columns:
    """Some columns of the Jacobian: derivatives of all outputs by elements of one leaf.

    Attributes:
        leaf: index of the leaf.
        start: the first element (of the real view) of the leaf.
        values: (count, size of the outputs).
    """

    leaf: int
    start: int
    values: Tensor


class Differences:
    """Central differences of a subject around the values its leaves have now.

    Attributes:
        subject: what is differentiated.
        layout: which of its outputs, and where each lies in the vector of all.
        base: that vector without any perturbation.
        eps: the step.
        notes: where something could not be done in the fastest way, and why.
        grad_mode: whether evaluations record a graph.
        batched: whether it may evaluate several perturbations at once.
    """

    batched = False

    def __init__(
        self,
        subject: Subject,
        layout: OutputLayout,
        base: Tensor,
        *,
        eps: float,
        generators: Generators,
        budget: int,
    ) -> None:
        self.subject, self.layout, self.base, self.eps = subject, layout, base, eps
        self.notes: list[str] = []
        self.grad_mode = subject.needs_grad_mode
        self._generators, self._budget = generators, budget
        self._sizes = [real_numel(leaf.tensor) for leaf in subject.leaves]
        self._grad_mode_known = subject.needs_grad_mode

    def all(self) -> Iterator[Columns]:
        """Every column of every leaf, in any order of the leaves."""
        for leaf in range(len(self._sizes)):
            yield from self.of(leaf)

    def of(self, leaf: int) -> Iterator[Columns]:
        """Every column of one leaf."""
        size = self._sizes[leaf]
        step = max(2, self._budget // max(1, 8 * self.layout.size) // 2 * 2)
        for start in range(0, size, step):
            elements = range(start, min(size, start + step))
            yield Columns(leaf, start, self.one_by_one(leaf, elements))

    def outputs(self, *, recording: bool = False) -> tuple[Tensor, ...]:
        """The outputs for the leaves as they are, with the generators rewound.

        Args:
            recording: record a graph, whatever differences need.
        """
        self._generators.rewind()
        with torch.set_grad_enabled(recording or self.grad_mode):
            return self.subject.call()

    def vector(self) -> Tensor:
        """The outputs for the leaves as they are, as one vector."""
        return self.layout.vector(self.outputs())

    def find_grad_mode(self) -> None:
        """Evaluate without recording a graph, unless the function then does something else."""
        if self._grad_mode_known:
            return
        self._grad_mode_known = True
        try:
            same = self.close(self.vector(), self.base)
        except Exception:  # any: it differentiates inside, or looks at requires_grad
            same = False
        self.grad_mode = not same

    def one_by_one(self, leaf: int, elements: Sequence[int]) -> Tensor:
        """(count, size): columns of one leaf, perturbed in place as torch does."""
        self.find_grad_mode()
        view = real_view(self.subject.leaves[leaf].tensor.data)
        lows = self.base.new_empty((len(elements), self.layout.size))
        highs = torch.empty_like(lows)
        sides = zip(elements, self._rows(lows), self._rows(highs), strict=True)
        with torch.set_grad_enabled(self.grad_mode):
            for element, low, high in sides:
                index = unravel(element, view.shape)
                cell = view[index]
                here = cell.item()
                try:
                    cell.fill_(here - self.eps)
                    kept = self._evaluate_into(low)
                    cell.fill_(here + self.eps)
                    kept = self._evaluate_into(high) and kept
                finally:
                    cell.fill_(here)
                if not kept:
                    below, above = self._two_sides(cell, index)
                    low.copy_(below.reshape(low.shape))
                    high.copy_(above.reshape(high.shape))
        return highs.sub_(lows).div_(2 * self.eps)

    def _rows(self, matrix: Tensor) -> Sequence[Tensor]:
        """The rows of a matrix, in the shape of the output where there is one of real numbers."""
        if len(self.layout.picked) == 1 and not self.layout.dtypes[0].is_complex:
            return matrix.reshape(len(matrix), *self.layout.shapes[0]).unbind()
        return matrix.unbind()

    def _evaluate_into(self, row: Tensor) -> bool:
        """Whether the outputs are of the shapes and dtypes that they had without a step."""
        self._generators.rewind()
        outputs = self.subject.call()
        layout = self.layout
        for index, shape, dtype in zip(layout.picked, layout.shapes, layout.dtypes, strict=True):
            if (
                index >= len(outputs)
                or outputs[index].shape != shape
                or outputs[index].dtype != dtype
            ):
                return False
        if len(layout.picked) == 1 and not layout.dtypes[0].is_complex:
            row.copy_(outputs[layout.picked[0]].detach())
        else:
            row.copy_(layout.vector(outputs))
        return True

    def _two_sides(self, cell: Tensor, index: tuple[int, ...]) -> tuple[Tensor, Tensor]:
        here = cell.item()
        try:
            cell.fill_(here - self.eps)
            below = self.outputs()
            low = self.layout.vector(below)
            cell.fill_(here + self.eps)
            above = self.outputs()
            high = self.layout.vector(above)
        finally:
            cell.fill_(here)
        self.refuse_change(below, above, f"on index {index} ")
        return low, high

    def refuse_change(
        self, below: Sequence[Tensor], above: Sequence[Tensor], where: str = ""
    ) -> None:
        """Raise as torch does when outputs change shape or dtype with the perturbation."""
        for first, second in zip(below, above, strict=False):
            if first.shape == second.shape and first.dtype == second.dtype:
                continue
            what = "shape" if first.shape != second.shape else "dtype"
            raise AssertionError(
                f"Expected `func` to return outputs with the same {what} when inputs are perturbed "
                f"{where}by {self.eps}, but got: {what}s {getattr(first, what)} and "
                f"{getattr(second, what)}."
            )
        if self.layout.size != sum(real_numel(above[index]) for index in self.layout.picked):
            raise AssertionError(
                "Expected `func` to return outputs with the same shape when inputs are perturbed "
                f"{where}by {self.eps}, but they differ from those without a perturbation."
            )

    def close(self, values: Tensor, expected: Tensor) -> bool:
        """Whether two evaluations agree as far as a difference quotient can see."""
        if values.shape != expected.shape or values.dtype != expected.dtype:
            return False
        if not values.numel():
            return True
        precision = torch.finfo(expected.dtype).eps
        largest = float(expected.abs().max())
        if math.isfinite(largest):
            allowed = 2**12 * precision * max(largest, precision)
            return float((values - expected).abs().max()) <= allowed
        finite = expected.isfinite()
        same = values[~finite].nan_to_num(), expected[~finite].nan_to_num()
        return torch.equal(*same) and self.close(values[finite], expected[finite])


def unravel(element: int, shape: Sequence[int]) -> tuple[int, ...]:
    """The index tuple of a flat position."""
    index: list[int] = []
    for size in reversed(shape):
        element, rest = divmod(element, size)
        index.append(rest)
    return tuple(reversed(index))
