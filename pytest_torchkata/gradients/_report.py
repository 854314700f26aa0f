"""The text of a failure."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ._compare import Tolerance
from ._dtypes import is_double
from ._errors import GradcheckError, Mismatch
from ._exact import Block, Rows
from ._layout import OutputLayout
from ._numeric import Differences, unravel
from ._probes import changed_after_saving, kinks, low_precision, not_a_function, stairs
from ._reasons import Evidence, from_entries
from ._subject import Leaf

_SHOWN = 8


def failure(
    blocks: Sequence[Block],
    differences: Differences,
    rows: Rows,
    layout: OutputLayout,
    tolerance: Tolerance,
    notes: Sequence[str] = (),
) -> GradcheckError:
    """The error for Jacobians that are wrong, the worst first after torch's own first line."""
    general, final = _general(blocks, differences, layout, tolerance)
    mismatches = []
    for block in blocks:
        reasons = [] if final else _reasons(block, differences, rows, layout, tolerance)
        mismatches.append(
            _mismatch(block, differences.subject.leaves, layout, tolerance, tuple(reasons))
        )
    # torch looks at imaginary parts first.
    first = min(blocks, key=lambda block: (block.part == "real", block.output, block.leaf))
    lines = [_first_line(first), *(f"  why: {reason}" for reason in general)]
    ranked = sorted(zip(mismatches, blocks, strict=True), key=lambda pair: -_badness(pair[0]))
    for each, block in ranked[:_SHOWN]:
        lines += _describe(each, block, tolerance, len(layout.picked) > 1)
    if len(ranked) > _SHOWN:
        lines.append(f"  ... and {len(ranked) - _SHOWN} more")
    return GradcheckError("\n".join(lines), [each for each, _ in ranked], notes, general)


def _general(
    blocks: Sequence[Block], differences: Differences, layout: OutputLayout, tolerance: Tolerance
) -> tuple[list[str], bool]:
    """The reasons that hold for every mismatch, and whether they explain all that is wrong."""
    unstable = not_a_function(differences)
    if unstable:
        return unstable, True
    if any(not is_double(leaf.tensor) for leaf in differences.subject.leaves):
        return [_COARSE], False
    if not any(block.part for block in blocks):
        wanted = [(block.output, block.leaf, block.numerical) for block in blocks]
        if saved := changed_after_saving(differences, layout.picked, wanted, tolerance):
            return [saved[0]], saved[1]
    precision = low_precision(differences)
    if precision is None:
        found = stairs(differences)
        return found, bool(found)
    reason, noise = precision
    worst = max(float((block.analytic - block.numerical).abs().max()) for block in blocks)
    return [reason], worst <= 4 * noise


_COARSE = (
    "perhaps precision: it does not work in float64, or its device has none, so that it was "
    "checked in the dtype that was given, where differences are coarse"
)


def _reasons(
    block: Block,
    differences: Differences,
    rows: Rows,
    layout: OutputLayout,
    tolerance: Tolerance,
) -> list[str]:
    leaf = differences.subject.leaves[block.leaf]
    evidence = Evidence(
        analytic=block.analytic,
        numerical=block.numerical,
        value=leaf.tensor.detach(),
        name=leaf.name,
        output_shape=tuple(layout.shapes[block.output]),
        reached=rows.reached[block.leaf],
        integers=differences.subject.integers(),
        tolerance=tolerance,
    )
    if not block.part:
        span = slice(*layout.spans[block.output])
        wrong = evidence.wrong()
        found = kinks(differences, block.leaf, span, block.analytic, wrong, tolerance)
        if found:
            return found
    return from_entries(evidence)


def _mismatch(
    block: Block,
    leaves: Sequence[Leaf],
    layout: OutputLayout,
    tolerance: Tolerance,
    reasons: tuple[str, ...],
) -> Mismatch:
    """Where one Jacobian is wrong, and by how much at worst."""
    wrong = ~tolerance.close(block.analytic, block.numerical)
    error = (block.analytic - block.numerical).abs()
    times = error / (tolerance.atol + tolerance.rtol * block.numerical.abs())
    times = torch.where(wrong, times.nan_to_num(nan=torch.inf, posinf=torch.inf), -1.0)
    element, row = unravel(int(times.argmax()), times.shape)
    leaf = leaves[block.leaf]
    analytic, numerical = block.analytic[element, row].item(), block.numerical[element, row].item()
    return Mismatch(
        output=block.output,
        input=block.leaf,
        name=leaf.name,
        shape=tuple(leaf.tensor.shape),
        output_shape=tuple(layout.shapes[block.output]),
        failing=int(wrong.sum()),
        entries=wrong.numel(),
        index=unravel(element, leaf.tensor.shape),
        output_index=unravel(row, layout.shapes[block.output]),
        analytic=analytic,
        numerical=numerical,
        tolerance=tolerance.allowed(numerical),
        reasons=reasons,
    )


def _badness(each: Mismatch) -> float:
    excess = abs(each.analytic - each.numerical) / each.tolerance if each.tolerance else 0.0
    return excess if excess == excess else float("inf")


def _first_line(block: Block) -> str:
    prefix = f"While considering the {block.part} part of complex outputs only, " * bool(block.part)
    return (
        f"{prefix}Jacobian mismatch for output {block.output} with respect to input {block.leaf},"
    )


def _describe(each: Mismatch, block: Block, tolerance: Tolerance, several: bool) -> list[str]:
    output = f"output {each.output}" if several else "output"
    if block.part:
        output = f"{block.part} part of {output}"
    ratio = f", ratio {number(each.ratio)}" if each.ratio is not None else ""
    values = f"analytic {number(each.analytic)}, numerical {number(each.numerical)}{ratio}"
    rule = f"{each.tolerance:.3g} = {tolerance.atol:g} + {tolerance.rtol:g} * |numerical|"
    worst = number(abs(each.analytic - each.numerical))
    wrong = ~tolerance.close(block.analytic, block.numerical)
    lines = [
        f"  {each.name}, shape {each.shape}: {each.failing} of {each.entries} entries are wrong",
        f"    worst: d {_at(output, each.output_index)} / d {_at(each.name, each.index)}: {values}",
        f"    |difference| {worst}, allowed {rule}",
    ]
    if not (wrong.any(dim=1).all() and wrong.any(dim=0).all()):
        inputs = _places(each.name, wrong.any(dim=1), each.shape)
        outputs = _places(output, wrong.any(dim=0), each.output_shape)
        lines.append(f"    where: {inputs}; {outputs}")
    lines += [f"    why: {reason}" for reason in each.reasons]
    return lines


def _places(name: str, wrong: Tensor, shape: tuple[int, ...]) -> str:
    """Which elements are concerned: a slice where they lie in one, and how many of how many."""
    if not shape:
        return name
    box = wrong.reshape(shape).nonzero()
    index = []
    for dim, size in enumerate(shape):
        used = set(box[:, dim].tolist())
        index.append(str(used.pop()) if len(used) == 1 and size > 1 else ":")
    slice_ = f"[{', '.join(index)}]" if any(each != ":" for each in index) else ""
    return f"{int(wrong.sum())} of {wrong.numel()} elements of {name}{slice_ and ', in '}{slice_}"


def _at(name: str, index: tuple[int, ...]) -> str:
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def number(value: complex) -> str:
    """A number in as many digits as matter here."""
    if isinstance(value, complex):
        return f"{value.real:.5g}{value.imag:+.5g}j"
    return f"{value:.5g}"
