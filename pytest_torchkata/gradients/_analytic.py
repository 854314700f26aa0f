"""Analytic Jacobians: what backward gives for every unit cotangent of every output."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import torch
from torch import Tensor

from . import _torch
from ._batch import first_line
from ._errors import GradcheckError
from ._layout import real_numel, real_values

GraphOfCopies = Callable[[int, int, Tensor], Sequence[Tensor | None]]
"""For an output, a dimension of the samples and cotangents (count, *shape): the gradients, each
(count, *shape of the leaf), through a graph of `count` copies of the inputs."""


class Backward:
    """The rows of the Jacobian of some outputs by some leaves."""

    def __init__(
        self,
        outputs: Sequence[Tensor],
        leaves: Sequence[Tensor],
        *,
        nondet_tol: float,
        check_grad_dtypes: bool,
        budget: int,
        batched: bool = True,
        graph_of_copies: GraphOfCopies | None = None,
    ) -> None:
        self.outputs, self.leaves = outputs, list(leaves)
        self.batched = batched
        self.notes: list[str] = []
        self.reached = [False] * len(self.leaves)
        self._nondet_tol, self._check_grad_dtypes = nondet_tol, check_grad_dtypes
        self._width = sum(real_numel(leaf) for leaf in leaves)
        self._budget, self._graph_of_copies = budget, graph_of_copies
        self._zeros: list[bool] = []

    def jacobians(self, which: Sequence[int] | None = None) -> list[list[Tensor]]:
        """For each output (of all, or of those asked for) and each leaf (rows, columns), real.

        A mixture of all rows must come out the same from a backward of its own, and the same again
        from one more, which shows whether backward is deterministic.

        Raises:
            GradcheckError: two backward passes with the same cotangent differ by more than
                `nondet_tol`, or a gradient has a dtype that is not the leaf's and this is checked.
        """
        places = range(len(self.outputs)) if which is None else which
        values = [self.outputs[place] for place in places]
        if sum(value.numel() for value in values) <= 2:
            return [self._looped_twice(value) for value in values]
        for name, way in self._ways():
            self._zeros.clear()
            try:
                rows = [way(place) for place in places]
            except GradcheckError:
                raise
            except Exception as error:  # any: what vmap refuses is raised from everywhere
                self._note(f"one backward at a time: {name}: {first_line(error)}")
                continue
            if self._proved(values, rows):
                return rows
            self._note(f"one backward at a time: {name}: it gives other values in a batch")
        self._zeros.clear()
        rows = [self._looped(value) for value in values]
        if not self._proved(values, rows):
            # As torch does it, for its verdict.
            for value, once in zip(values, rows, strict=True):
                self._refuse_difference(once, self._looped(value))
        return rows

    def _ways(self) -> Iterator[tuple[str, Callable[[int], list[Tensor]]]]:
        """The ways of computing all rows of an output together, best first."""
        if not self.batched:
            return
        yield "vmap refused", self._by_vmap
        if any(_torch.NO_RULE in note for note in self.notes):
            if self._graph_of_copies is not None:
                for dim in range(2):
                    yield "more samples", partial(self._by_copies, dim)
            yield "vmap in a loop", partial(self._by_vmap, fallback=True)

    def _proved(self, values: Sequence[Tensor], rows: Sequence[Sequence[Tensor]]) -> bool:
        mixtures = [_mixture(real_numel(value)).to(value.device) for value in values]
        once, twice = (
            self._product(
                values,
                [each.to(_real(value.dtype)) for value, each in zip(values, mixtures, strict=True)],
            )
            for _ in range(2)
        )
        for place, (first, second) in enumerate(zip(once, twice, strict=True)):
            if not torch.equal(first, second):
                return False
            mixed = [
                weights.to(own[place]) @ own[place]
                for weights, own in zip(mixtures, rows, strict=True)
            ]
            if not _near(first, sum(mixed[1:], start=mixed[0])):
                return False
        return True

    def row(self, row: int) -> list[Tensor]:
        """For each leaf one row, counted over all outputs, by one backward pass."""
        for value in self.outputs:
            count = real_numel(value)
            if row < count:
                unit = torch.zeros(count, dtype=_real(value.dtype), device=value.device)
                unit[row] = 1
                return self.product(value, unit)
            row -= count
        raise IndexError(row)

    def along(self, output: int, directions: Sequence[Tensor]) -> Tensor:
        """(rows, directions): the Jacobian times directions, (columns, directions) for each leaf.

        Every row takes part. Where there are many, they are not computed one by one: backward is
        linear in its cotangent v, so J u is the derivative of (v @ J) @ u by v. That is believed
        if it agrees with a backward pass.
        """
        value = self.outputs[output]
        if real_numel(value) > _MANY_ROWS:
            product = self._by_double_backward(value, directions)
            if product is not None:
                return product
        (rows,) = self.jacobians([output])
        products = [many @ way.to(many) for many, way in zip(rows, directions, strict=True)]
        return torch.stack(products).sum(dim=0)

    def _by_double_backward(self, value: Tensor, directions: Sequence[Tensor]) -> Tensor | None:
        weights = _mixture(value.numel()).to(value.device, value.dtype)
        cotangent = weights.reshape(value.shape).requires_grad_()
        try:
            gradients = torch.autograd.grad(
                value, self.leaves, cotangent, create_graph=True, allow_unused=True
            )
            used = [
                (gradient.reshape(-1), way)
                for gradient, way in zip(gradients, directions, strict=True)
                if gradient is not None
            ]
            self._refuse_difference(
                [gradient.detach() for gradient, _ in used],
                [
                    single
                    for single, gradient in zip(
                        self.product(value, weights), gradients, strict=True
                    )
                    if gradient is not None
                ],
            )
            products = []
            for column in range(directions[0].shape[1]):
                mixed = torch.stack([each @ way[:, column] for each, way in used]).sum()
                (product,) = torch.autograd.grad(mixed, cotangent, retain_graph=True)
                if not _near(mixed.detach()[None], (product.reshape(-1) @ weights)[None]):
                    return None  # backward is not linear in its cotangent
                products.append(product.reshape(-1))
        except RuntimeError:  # backward cannot be differentiated: once_differentiable, NumPy, ...
            return None
        return torch.stack(products, dim=1)

    def _refuse_difference(self, once: Sequence[Tensor], twice: Sequence[Tensor]) -> None:
        for first, second in zip(once, twice, strict=True):
            if torch.equal(first, second) or not first.numel():
                continue
            largest = (first - second).abs().max()
            # As torch does: where both are NaN there is no difference.
            if bool(largest > self._nondet_tol):
                raise GradcheckError(
                    "Backward is not reentrant, i.e., running backward with same input and "
                    "grad_output multiple times gives different values.\n"
                    f"  the two differ by up to {float(largest):.2g}; "
                    f"nondet_tol={self._nondet_tol:g} was allowed\n"
                    "  why: backward draws random numbers, keeps state between its calls, or uses "
                    "an operation that is not deterministic on this device"
                )

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def _by_vmap(self, output: int, *, fallback: bool = False) -> list[Tensor]:
        value = self.outputs[output]

        def gradients(cotangents: Tensor) -> Sequence[Tensor | None]:
            try:
                return _torch.batched_gradients(value, self.leaves, cotangents, fallback=fallback)
            except RuntimeError as error:
                if _torch.NO_RULE not in str(error) or not _torch.load_more_rules():
                    raise
                return _torch.batched_gradients(value, self.leaves, cotangents)

        return self._in_chunks(value, gradients)

    def _by_copies(self, dim: int, output: int) -> list[Tensor]:
        """A graph for as many copies of the inputs as there are cotangents, side by side."""
        copies = self._graph_of_copies
        if copies is None:
            raise ValueError("nothing makes copies")

        def gradients(cotangents: Tensor) -> Sequence[Tensor | None]:
            return copies(output, dim, cotangents)

        return self._in_chunks(self.outputs[output], gradients)

    def _in_chunks(
        self, value: Tensor, gradients: Callable[[Tensor], Sequence[Tensor | None]]
    ) -> list[Tensor]:
        count = real_numel(value)
        chunk = max(2, self._budget // (8 * max(1, self._width)) // 2 * 2)
        parts: list[list[Tensor]] = []
        for start in range(0, count, chunk):
            stop = min(count, start + chunk)
            rows = stop - start + (stop == count)  # the last cotangent is zero
            unit = torch.zeros((rows, count), dtype=_real(value.dtype), device=value.device)
            unit[:, start:stop].fill_diagonal_(1)
            found = gradients(_as(value, unit))
            self._note_reached(found)
            if stop == count:
                self._zeros.append(self._are_zero(found))
            parts.append(
                [
                    self._dense(gradient, leaf, rows)[: stop - start]
                    for gradient, leaf in zip(found, self.leaves, strict=True)
                ]
            )
        if len(parts) == 1:
            return parts[0]
        return [torch.cat(pieces) for pieces in zip(*parts, strict=True)]

    def _are_zero(self, gradients: Sequence[Tensor | None]) -> bool:
        """Whether the last row is zero, and all are like the leaves: as torch asks of zeros."""
        return all(
            gradient is None
            or (gradient.layout == torch.strided and _torch.is_zero_like(gradient[-1], leaf))
            for gradient, leaf in zip(gradients, self.leaves, strict=True)
        )

    @property
    def gives_zeros(self) -> bool:
        """Whether it is known already that zero cotangents give zeros, of every output."""
        return len(self._zeros) == len(self.outputs) and all(self._zeros)

    def _looped_twice(self, value: Tensor) -> list[Tensor]:
        rows = self._looped(value)
        self._refuse_difference(rows, self._looped(value))
        return rows

    def _looped(self, value: Tensor) -> list[Tensor]:
        count = real_numel(value)
        if count == 1:  # a loss: to fill a single row takes as long as its backward pass
            one = torch.ones(1, dtype=value.dtype, device=value.device)
            return [
                # A copy: backward may return memory that it writes to again.
                gradient[None].to(_real(leaf.dtype), copy=True)
                for gradient, leaf in zip(self.product(value, one), self.leaves, strict=True)
            ]
        rows = [
            torch.zeros((count, real_numel(leaf)), dtype=_real(leaf.dtype), device=leaf.device)
            for leaf in self.leaves
        ]
        unit = torch.zeros(count, dtype=_real(value.dtype), device=value.device)
        for row in range(count):
            unit[row] = 1
            for place, gradient in enumerate(self.product(value, unit)):
                rows[place][row] = gradient
            unit[row] = 0
        return rows

    def product(self, value: Tensor, cotangent: Tensor) -> list[Tensor]:
        """One backward: for each leaf the real vector cotangent @ Jacobian."""
        return self._product([value], [cotangent])

    def _product(self, values: Sequence[Tensor], cotangents: Sequence[Tensor]) -> list[Tensor]:
        gradients = _torch.gradients(
            values,
            self.leaves,
            [_as(value, each[None])[0] for value, each in zip(values, cotangents, strict=True)],
        )
        self._note_reached(gradients)
        return [
            self._dense(gradient, leaf, 1)[0]
            for gradient, leaf in zip(gradients, self.leaves, strict=True)
        ]

    def _note_reached(self, gradients: Sequence[Tensor | None]) -> None:
        for place, gradient in enumerate(gradients):
            self.reached[place] = self.reached[place] or gradient is not None

    def _dense(self, gradient: Tensor | None, leaf: Tensor, count: int) -> Tensor:
        if gradient is None:
            return torch.zeros(
                (count, real_numel(leaf)), dtype=_real(leaf.dtype), device=leaf.device
            )
        if gradient.dtype != leaf.dtype and self._check_grad_dtypes:
            raise GradcheckError("Gradient has dtype mismatch")
        dense = gradient.detach()
        if dense.layout != torch.strided:
            dense = dense.to_dense()
        return real_values(dense).reshape(count, -1)


_MANY_ROWS = 64
"""From how many rows on a product with all of them is computed without any of them."""


@functools.lru_cache(maxsize=64)
def _mixture(count: int) -> Tensor:
    """`count` weights of both signs, none near zero; the same in every run."""
    own = torch.Generator().manual_seed(count)
    weights = torch.rand(count, generator=own, dtype=torch.float64) + 0.5
    return torch.where(torch.rand(count, generator=own) < 0.5, weights, -weights)


def _near(single: Tensor, mixed: Tensor) -> bool:
    """Whether two ways of adding up the same rows agree as far as rounding lets them."""
    if not single.numel():
        return True
    scale = max(1.0, float(single.abs().max()))
    allowed: float = 2**12 * torch.finfo(single.dtype).eps * len(single) ** 0.5 * scale
    return float((single - mixed).abs().max()) <= allowed


def _real(dtype: torch.dtype) -> torch.dtype:
    return dtype.to_real() if dtype.is_complex else dtype


def _as(value: Tensor, rows: Tensor) -> Tensor:
    """Real rows (count, size) as cotangents (count, *shape) of the dtype of `value`."""
    if value.is_complex():
        return torch.view_as_complex(rows.reshape(len(rows), *value.shape, 2))
    return rows.reshape(len(rows), *value.shape)
