"""Why a Jacobian is wrong, as far as its entries prove it.

Every sentence here states what holds in all entries, within the tolerance of the check, after it
was tested; what could be chance is said to be possibly chance, or not said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor

from ._compare import Tolerance

# Beyond, the search for an order takes longer than the check: it is not made.
_MOST_ENTRIES = 2**20
_MOST_COMPARISONS = 2**26


@dataclass(frozen=True)
class Evidence:
    """One Jacobian and what it is the derivative of.

    Attributes:
        analytic, numerical: (elements of the leaf, elements of the output).
        value: the leaf.
        name: what the reader knows it as.
        output_shape: the shape of the output.
        reached: whether backward gave the leaf any gradient at all, rather than None.
        integers: the integer arguments with their names: indices, labels.
        tolerance: that of the check.
    """

    analytic: Tensor
    numerical: Tensor
    value: Tensor
    name: str
    output_shape: tuple[int, ...]
    reached: bool
    integers: tuple[tuple[str, Tensor], ...]
    tolerance: Tolerance

    def same(self, analytic: Tensor, numerical: Tensor) -> bool:
        """Whether two Jacobians agree by the rule of the check."""
        return analytic.shape == numerical.shape and self.tolerance.all_close(analytic, numerical)

    def wrong(self) -> Tensor:
        """Where the two differ."""
        return ~self.tolerance.close(self.analytic, self.numerical)


def from_entries(evidence: Evidence) -> list[str]:
    """The reasons that the entries of the Jacobian prove; often none."""
    significant = evidence.numerical.abs() > 100 * evidence.tolerance.atol
    if not evidence.analytic.isfinite().all():
        count = int((~evidence.analytic.isfinite()).sum())
        return [f"the analytic gradient has {count} entries that are NaN or infinite"]
    if not evidence.numerical.isfinite().all():
        count = int((~evidence.numerical.isfinite()).sum())
        place = "check the gradient where it is finite"
        return [f"{count} difference quotients are NaN or infinite, as the function is: {place}"]
    if bool((evidence.analytic == 0).all()):
        return [_nothing(evidence)]
    # One entry would prove anything: any two numbers have a ratio.
    if int(significant.sum()) < 2:
        return []
    found: list[str] = []
    for reasons in (_factor, _conjugate, _transposed, _permuted):
        found += reasons(evidence)
        if found:
            return found
    return [*_where(evidence)] or [*_missing_outputs(evidence)]


def _nothing(evidence: Evidence) -> str:
    if not evidence.reached:
        return (
            f"no gradient reaches {evidence.name}: autograd finds no path to it (its gradient is "
            "None): it was detached (.detach(), .data, .item(), numpy, no_grad), or backward "
            "returned None for it"
        )
    return (
        f"the analytic gradient of {evidence.name} is zero everywhere: backward returns zeros for "
        "it, or multiplies by something that is zero"
    )


def _factor(evidence: Evidence) -> Iterator[str]:
    """Every entry is the numerical one times a constant."""
    analytic, numerical = evidence.analytic, evidence.numerical
    weight = float((numerical.abs() ** 2).sum())
    factor = complex(((analytic * numerical.conj()).sum() / weight).item())
    if abs(factor.imag) > 1e-4 * abs(factor) or abs(factor) < 1e-3:
        return
    times = _rounded(factor.real)
    if not evidence.same(analytic, times * numerical):
        return
    if times == -1:
        yield "the sign is wrong: every analytic entry is minus the numerical one"
        return
    yield f"every analytic entry is {_fraction(times)} times the numerical one" + "".join(
        _equals(abs(times), evidence)
    )


def _rounded(factor: float) -> float:
    """An integer, or one over an integer, where the factor is as near as differences tell."""
    for candidate in (float(round(factor)), 1 / round(1 / factor) if round(1 / factor) else 0.0):
        if candidate and abs(factor - candidate) < 2e-5 * abs(candidate):
            return candidate
    return factor


def _fraction(factor: float) -> str:
    if factor == round(factor):
        return f"{factor:.0f}"
    if abs(1 / factor - round(1 / factor)) < 1e-9:
        return f"{'-' if factor < 0 else ''}1/{abs(round(1 / factor))}"
    return f"{factor:.4g}"


def _equals(factor: float, evidence: Evidence) -> Iterator[str]:
    """What a factor may stand for: the size of something."""
    larger = factor if factor > 1 else 1 / factor
    size = round(larger)
    # 2 is the size of too many things to mean something.
    if size < 3 or abs(larger - size) > 1e-9 * size:
        yield from _is_root(larger, evidence)
        return
    for shape, whose in (
        (tuple(evidence.value.shape), evidence.name),
        (evidence.output_shape, "the output"),
    ):
        meaning = ""
        if size in shape:
            meaning = f"the size of dimension {shape.index(size)} of {whose}"
        elif size == prod(shape):
            meaning = f"the number of elements of {whose}"
        if meaning:
            one, other = ("sum", "mean") if factor > 1 else ("mean", "sum")
            yield f"; {size} is {meaning}: unless by chance, a {one} in place of a {other}"
            return


def _is_root(factor: float, evidence: Evidence) -> Iterator[str]:
    """The square root of a size, as attention divides by."""
    size = round(factor**2)
    if size < 5 or abs(factor - size**0.5) > 2e-5 * factor:
        return
    for shape, whose in (
        (tuple(evidence.value.shape), evidence.name),
        (evidence.output_shape, "the output"),
    ):
        if size in shape:
            yield (
                f"; that is the square root of {size}, the size of dimension {shape.index(size)} "
                f"of {whose}: unless by chance, a scale that is missing or applied twice"
            )
            return


def _conjugate(evidence: Evidence) -> Iterator[str]:
    if evidence.numerical.is_complex() and evidence.same(
        evidence.analytic, evidence.numerical.conj().resolve_conj()
    ):
        yield (
            "every analytic entry is the complex conjugate of the numerical one: torch's convention"
            " is the conjugate derivative, grad * conj(df/dz)"
        )


def _transposed(evidence: Evidence) -> Iterator[str]:
    analytic, numerical, shape = evidence.analytic, evidence.numerical, evidence.value.shape
    rows, columns = analytic.shape
    if analytic.numel() > _MOST_ENTRIES:
        return
    if len(shape) == 2 and min(shape) > 1:
        turned = analytic.reshape(shape[1], shape[0], columns).transpose(0, 1)
        if evidence.same(turned.reshape(rows, columns), numerical):
            yield (
                f"the gradient of {evidence.name} is transposed: its element [i, j] stands "
                "where [j, i] belongs"
            )
            return
    if rows == columns and rows > 1 and evidence.same(analytic.t().contiguous(), numerical):
        yield (
            "the Jacobian is transposed: backward multiplies by J where the product with its "
            "transpose is wanted (W for W.T?)"
        )


def _permuted(evidence: Evidence) -> Iterator[str]:
    """The right derivatives at the wrong elements."""
    analytic, numerical, shape = evidence.analytic, evidence.numerical, evidence.value.shape
    columns = analytic.shape[1]
    if analytic.numel() > _MOST_ENTRIES // 4:
        return
    box, there = analytic.reshape(*shape, columns), numerical.reshape(*shape, columns)
    for dim, size in enumerate(shape):
        if size > 2 and evidence.same(box.flip(dim).contiguous(), there):
            yield f"the gradient of {evidence.name} is reversed along dimension {dim}"
            return
        for step in range(1, min(size, 64)):
            if size > 2 and evidence.same(box.roll(-step, dim).contiguous(), there):
                yield (
                    f"the gradient of {evidence.name} is shifted by {step} along dimension {dim}: "
                    f"what belongs to index i stands at i + {step}"
                )
                return
    if not len(analytic) > 2 or len(analytic) * analytic.numel() > _MOST_COMPARISONS:
        return
    order = _order(evidence)
    if order is not None:
        moved = next(place for place, source in enumerate(order) if place != source)
        here = _index(moved, shape)
        source = _index(order[moved], shape)
        yield (
            f"the elements of the gradient of {evidence.name} are in another order: "
            f"at {here} stands what belongs to {source}"
        )


def _order(evidence: Evidence) -> list[int] | None:
    """For each analytic row the one numerical row that it equals, where that is a permutation."""
    order: list[int] = []
    for row in evidence.analytic:
        equal = evidence.tolerance.close(row.expand_as(evidence.numerical), evidence.numerical)
        matches = equal.all(dim=1).nonzero().flatten().tolist()
        if len(matches) != 1:
            return None
        order += matches
    return order if sorted(order) == list(range(len(order))) else None


def _missing_outputs(evidence: Evidence) -> Iterator[str]:
    """Along a dimension of the output, only some indices give their part of the gradient."""
    wrong = evidence.wrong()
    if not bool((evidence.analytic[wrong] == 0).all()):
        return
    failing = wrong.any(dim=0).reshape(evidence.output_shape)
    for dim, size in enumerate(evidence.output_shape):
        others = [other for other in range(failing.ndim) if other != dim]
        lost = failing.amax(dim=others) if others else failing
        kept = int((~lost).sum())
        if not 0 < kept < size:
            continue
        part = evidence.analytic.reshape(len(wrong), *evidence.output_shape)
        if bool((part.movedim(dim + 1, 0)[lost] == 0).all()):
            yield (
                f"no gradient comes from {size - kept} of the {size} indices of dimension {dim} of "
                f"the output (such as {int(lost.nonzero()[0])}): the sum over that dimension is "
                "missing or goes over a part of it"
            )
            return


def _where(evidence: Evidence) -> Iterator[str]:
    """The elements with a wrong derivative are those with a property."""
    wrong = evidence.wrong().any(dim=1)
    right = ~wrong
    if int(wrong.sum()) < 2 or int(right.sum()) < 2:
        return
    value = evidence.value.detach().reshape(-1)
    if not value.is_complex():
        for property_, holds in (("negative", value < 0), ("positive", value > 0)):
            if torch.equal(wrong, holds.to(wrong.device)):
                yield (
                    f"wrong exactly where {evidence.name} is {property_}: in "
                    f"{int(wrong.sum())} of {len(wrong)} elements"
                )
                return
        _, inverse, counts = torch.unique(value, return_inverse=True, return_counts=True)
        if torch.equal(wrong, (counts[inverse] > 1).to(wrong.device)):
            yield f"wrong exactly where a value of {evidence.name} occurs more than once"
            return
    yield from _where_an_index_repeats(evidence, wrong)


def _where_an_index_repeats(evidence: Evidence, wrong: Tensor) -> Iterator[str]:
    shape = evidence.value.shape
    box = wrong.reshape(shape)
    for name, indices in evidence.integers:
        for dim, size in enumerate(shape):
            flat = indices.reshape(-1)
            if not flat.numel() or int(flat.min()) < 0 or int(flat.max()) >= size:
                continue
            repeats = torch.bincount(flat, minlength=size).to(box.device) > 1
            others = [other for other in range(len(shape)) if other != dim]
            found = box.amax(dim=others) if others else box
            if torch.equal(found, repeats) and not bool(repeats.all()):
                yield (
                    f"wrong exactly at the indices of dimension {dim} that occur more than once in "
                    f"{name}: their gradients must be added up, not overwritten"
                )
                return


def _index(element: int, shape: Sequence[int]) -> list[int]:
    index: list[int] = []
    for size in reversed(shape):
        element, rest = divmod(element, size)
        index.insert(0, rest)
    return index
