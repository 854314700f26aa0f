"""Numerical Jacobians by batches of perturbed copies, where the function can be batched."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from ._batch import Unbatchable, Way, ways
from ._layout import OutputLayout, real_view
from ._numeric import Columns, Differences
from ._random import Generators
from ._subject import Subject


class BatchedDifferences(Differences):
    """Central differences in batches, by the first way that is proved; one by one elsewhere."""

    def __init__(
        self,
        subject: Subject,
        layout: OutputLayout,
        base: Tensor,
        *,
        eps: float,
        generators: Generators,
        budget: int,
        chunk_size: int | None,
        batched: bool = True,
    ) -> None:
        super().__init__(subject, layout, base, eps=eps, generators=generators, budget=budget)
        self.batched = batched
        self._chunk_size = chunk_size
        self._refused: dict[str, str] = {}  # which ways were refused, and why at last
        self._worked: set[str] = set()  # which ways did for a group of leaves

    def all(self) -> Iterator[Columns]:
        if not self.batched:
            yield from super().all()
            return
        for group in self._groups():
            yield from self._of_group(group)

    def of(self, leaf: int) -> Iterator[Columns]:
        return self._of_group([leaf]) if self.batched else super().of(leaf)

    def _of_group(self, group: Sequence[int]) -> Iterator[Columns]:
        if sum(self._sizes[leaf] for leaf in group) > _FEW:
            yield from self._best_way(group)
        else:
            for leaf in group:
                yield from super().of(leaf)

    def _best_way(self, group: Sequence[int]) -> Iterator[Columns]:
        """In batches by the first way that works; leaf by leaf where there is none for all."""
        reasons = []
        done = dict.fromkeys(group, 0)  # how many columns of each leaf were found already
        for name, way in ways(self.subject, self.layout, group, self._refused):
            try:
                if not name.startswith("vmap") and name not in self._worked:
                    self._try(group, way)
                for columns in self._in_batches(group, way):
                    # A way that is refused in a later batch has found the first columns already.
                    for fresh in self._rest(iter([columns]), done[columns.leaf]):
                        done[columns.leaf] = fresh.start + len(fresh.values)
                        yield fresh
                self._worked.add(name)
                return
            except Unbatchable as reason:
                self._refused[name] = str(reason)
                reasons.append(str(reason))
        if len(group) > 1:
            for leaf in group:
                if done[leaf] < self._sizes[leaf]:
                    yield from self._rest(self._of_group([leaf]), done[leaf])
            return
        (leaf,) = group
        why = "; ".join(dict.fromkeys(reasons))
        self.notes.append(f"{self.subject.leaves[leaf].name}: one perturbation at a time: {why}")
        yield from self._rest(super().of(leaf), done[leaf])

    def _rest(self, found: Iterator[Columns], first: int) -> Iterator[Columns]:
        """The columns from the first one on that was not found before."""
        for columns in found:
            seen = max(0, first - columns.start)
            if seen < len(columns.values):
                yield Columns(columns.leaf, columns.start + seen, columns.values[seen:])

    def _try(self, group: Sequence[int], way: Way) -> None:
        """A batch of the two rows that prove a way: most functions that refuse it do so here."""
        moved = {leaf: self._moved(leaf) for leaf in group}
        batch = {
            leaf: self._shaped(leaf, torch.stack([self._flat(leaf), value]))
            for leaf, value in moved.items()
        }
        self._prove(self._by(way, batch, 2), moved)

    def _by(self, way: Way, batch: dict[int, Tensor], count: int) -> Tensor:
        self._generators.rewind()
        with torch.set_grad_enabled(self.subject.needs_grad_mode):
            return way(batch, count)

    def _moved(self, leaf: int) -> Tensor:
        """A flat copy of a leaf of which every element is moved by about eps."""
        here = self._flat(leaf)
        return here + self.eps * _steps(len(here)).to(here)

    def _groups(self) -> Iterator[list[int]]:
        """Leaves that are perturbed in one batch: small ones together.

        A batch for all saves the price of an evaluation, and costs copies of each leaf for the
        perturbations of the others. Inputs and parameters, unless they are few, stay apart: a
        product of two batches takes longer than that of one with what all its rows share.
        """
        group: list[int] = []
        total = 0
        inputs = self.subject.inputs
        for leaf in sorted(range(len(self._sizes)), key=lambda leaf: self._sizes[leaf]):
            size = self._sizes[leaf]
            mixed = any((leaf in inputs) != (other in inputs) for other in group)
            if group and total * size > (_CHEAP_PRODUCTS if mixed else _CHEAP_COPIES):
                yield group
                group, total = [], 0
            group.append(leaf)
            total += size
        if group:
            yield group

    def _in_batches(self, group: Sequence[int], way: Way) -> Iterator[Columns]:
        """The columns of a group of leaves, by batches of perturbed copies.

        The first batch has two more rows: the point itself and a point where every element of
        the group is moved at once. They must agree with evaluations outside a batch, the second
        one with the leaves moved in place: so a function that reads a leaf otherwise than through
        its arguments, keeps state, or does something else in a batch is found before any column
        is believed.
        """
        starts: dict[int, int] = {}  # of the leaf's first element among those of the group
        total = 0
        for leaf in group:
            starts[leaf] = total
            total += self._sizes[leaf]
        flat = {leaf: self._flat(leaf) for leaf in group}
        moved = {leaf: self._moved(leaf) for leaf in group}
        at_once = self._columns_at_once(total)
        # One piece of memory for all batches: fresh memory costs more than filling it.
        copies = {
            leaf: flat[leaf].new_empty((2 * min(at_once, total) + 2, self._sizes[leaf]))
            for leaf in group
        }
        extra = 2
        for first in range(0, total, at_once):
            last = min(total, first + at_once)
            count = last - first
            rows = 2 * count + extra
            here = {
                leaf: slice(max(first, start), min(last, start + self._sizes[leaf]))
                for leaf, start in starts.items()
            }
            batch: dict[int, Tensor] = {}
            for leaf, start in starts.items():
                copy = copies[leaf][:rows].copy_(flat[leaf])
                span = here[leaf]
                if span.start < span.stop:
                    columns = slice(span.start - start, span.stop - start)
                    low, high = span.start - first, span.stop - first
                    copy[low:high, columns].diagonal().add_(self.eps)
                    copy[low + count : high + count, columns].diagonal().sub_(self.eps)
                if extra:
                    copy[-1] = moved[leaf]
                batch[leaf] = self._shaped(leaf, copy)
            values = self._by(way, batch, rows)
            if extra:
                self._prove(values, moved)
                extra = 0
            found = (values[:count] - values[count : 2 * count]).div_(2 * self.eps)
            for leaf, start in starts.items():
                span = here[leaf]
                if span.start < span.stop:
                    yield Columns(
                        leaf, span.start - start, found[span.start - first : span.stop - first]
                    )

    def _prove(self, values: Tensor, moved: dict[int, Tensor]) -> None:
        directly = self._directly(moved)
        if self.close(values[-2:], torch.stack([self.base, directly])):
            return
        if not self.close(values[-2], self.base):
            raise Unbatchable("it gives other values in a batch")
        if not self.close(values[-1], directly):
            raise Unbatchable("it depends on more than its arguments, or on its earlier calls")

    def _directly(self, moved: dict[int, Tensor]) -> Tensor:
        """The outputs with leaves set in place, outside any batch."""
        before: list[tuple[Tensor, Tensor]] = []
        try:
            for leaf, value in moved.items():
                data = self.subject.leaves[leaf].tensor.data
                before.append((data, data.clone()))
                data.copy_(self._shaped(leaf, value[None])[0])
            try:
                return self.vector()
            except RuntimeError:
                self.find_grad_mode()
                if not self.grad_mode:
                    raise
                return self.vector().detach()
        except Exception as error:  # any: for instance it cannot run without recording a graph
            raise Unbatchable(f"{type(error).__name__} without a graph") from error
        finally:
            for data, value in before:
                data.copy_(value)

    def _columns_at_once(self, total: int) -> int:
        if self._chunk_size is not None:
            return max(1, self._chunk_size // 2)
        widest = 8 * (total + 4 * self.layout.size + 16)
        # An even number: the two halves of a complex element stay together.
        return max(2, min(total, self._budget // (2 * widest) // 2 * 2))

    def _flat(self, leaf: int) -> Tensor:
        return real_view(self.subject.leaves[leaf].tensor.detach()).reshape(-1)

    def _shaped(self, leaf: int, rows: Tensor) -> Tensor:
        tensor = self.subject.leaves[leaf].tensor
        if tensor.is_complex():
            return torch.view_as_complex(rows.reshape(len(rows), *tensor.shape, 2))
        return rows.reshape(len(rows), *tensor.shape)


_FEW = 4
"""So many elements are perturbed one by one faster than in a batch."""

_CHEAP_COPIES = 2**16
"""How many elements of a group times those of one more leaf are copied for one evaluation less."""

_CHEAP_PRODUCTS = 2**13
"""The same where inputs and parameters are perturbed in one batch."""


@functools.lru_cache(maxsize=64)
def _steps(size: int) -> Tensor:
    """Distinct numbers of both signs between 1 and 2, the same in every run."""
    own = torch.Generator().manual_seed(size)
    numbers = torch.rand(size, generator=own, dtype=torch.float64) + 1
    return torch.where(torch.rand(size, generator=own) < 0.5, numbers, -numbers)
