"""Why a check failed, found by evaluating the function again."""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence

import torch
from torch import Tensor

from ._compare import Tolerance
from ._dtypes import is_double
from ._layout import real_view
from ._numeric import Differences, unravel

_MOST_KINKS = 64
_KINK = (
    "the function has a kink within eps (the derivatives from below and from above differ, the "
    "analytic one is not outside of them): not an error of the gradient there"
)
_JUMP = "the function jumps within eps: it has no derivative there"
_STAIRS = (
    "the function goes in stairs: relative steps of 1e-5 leave it exactly the same, steps of 0.05 "
    "change it. Something in it rounds (a cast to bfloat16 or float16, round()): its derivative is "
    "0, and a gradient that goes straight through is not its derivative"
)
_CHANGED_AFTER_SAVING = (
    "a tensor that backward needs was changed after it was saved, past autograd (by .data, or in "
    "NumPy's memory): compute a new tensor instead"
)
_RIGHT_BEFORE = "; with the values that were saved, the gradient is right"


def not_a_function(differences: Differences) -> list[str]:
    """Whether two evaluations at the same point, with torch's generators rewound, differ."""
    state = [each.clone() for each in differences.subject.state()]
    values = [leaf.tensor.detach().clone() for leaf in differences.subject.leaves]
    before = _global_generators()
    first = differences.vector()
    after = _global_generators()
    drawn = [name for name in before if before[name] != after[name]]
    second = differences.vector()
    changed = [
        leaf.name
        for leaf, value in zip(differences.subject.leaves, values, strict=True)
        if not torch.equal(leaf.tensor.detach().nan_to_num(), value.nan_to_num())
    ]
    if changed:
        return [f"the function modifies {', '.join(changed)} in place"]
    if torch.equal(first.nan_to_num(), second.nan_to_num()):
        return []
    apart = float((second - first).abs().nan_to_num(posinf=0).max())
    if apart <= differences.eps * 1e-5:  # too little to be seen in a difference quotient
        return []
    text = f"two evaluations at the same point differ by up to {apart:.2g}: "
    if drawn:
        return [f"{text}it draws from {' and '.join(drawn)}, which is not rewound: fix its seed"]
    now = differences.subject.state()
    if any(not torch.equal(old, new) for old, new in zip(state, now, strict=True)):
        cause = "its buffers change (running statistics?): check the module in eval mode"
        return [f"{text}it keeps state between calls: {cause}"]
    cause = (
        "it keeps state between calls (a counter, a cache), or draws from a generator of its own"
    )
    return [f"{text}{cause}"]


def _global_generators() -> dict[str, object]:
    states: dict[str, object] = {"Python's random": random.getstate()}
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        states["NumPy's generator"] = str(numpy.random.get_state())
    return states


def low_precision(differences: Differences) -> tuple[str, float] | None:
    """Whether the function computes with fewer digits than the float64 it was given.

    Along a line of tiny steps a float64 function is straight up to about 1e-16 of its size; one
    that is rounded to float32 on the way goes in stairs of about 6e-8, to bfloat16 of 4e-3.

    Returns:
        The reason, and how far off a difference quotient may be because of it; or None.
    """
    leaves = differences.subject.leaves
    if not all(is_double(leaf.tensor) for leaf in leaves):
        return None
    for step, least in ((1e-7, 1e-10), (1e-4, 1e-5)):
        values = _along_a_line(differences, step)
        if values is None:
            return None
        scale = values.abs().amax(dim=0)
        bends = values.diff(n=2, dim=0).abs()
        # The third largest: a kink or a jump bends the line twice at most, rounding everywhere.
        rough = bends.sort(dim=0, descending=True).values[2][scale > 0] / scale[scale > 0]
        if rough.numel() and bool(rough.isfinite().all()) and least < float(rough.max()) < 0.1:
            relative = float(rough.max())
            text = (
                f"the function computes with about {relative:.0e} relative precision, not "
                "float64's 1e-16: something in it is cast to a narrower dtype (.float(), a float32 "
                "constant, autocast), or leading digits cancel"
            )
            return text, relative * float(scale.max()) / differences.eps
    return None


def stairs(differences: Differences) -> list[str]:
    """Whether the function stays the same over small steps, and changes over large ones.

    A cast to bfloat16 does that, or a round() with a gradient that goes straight through it.
    """
    if any(leaf.tensor.is_complex() for leaf in differences.subject.leaves):
        return []
    fine, coarse = (_along_a_line(differences, step) for step in (1e-5, 5e-2))
    if fine is None or coarse is None:
        return []
    # What changes at every large step has no flat part that is a part of its own, as ReLU has. One
    # small step may cross an edge.
    changing = (coarse.diff(dim=0) != 0).float().mean(dim=0) > 0.7
    flat = (fine.diff(dim=0) != 0).sum(dim=0) <= 1
    if not bool(changing.any()) or not bool(flat[changing].all()):
        return []
    return [_STAIRS]


def changed_after_saving(
    differences: Differences,
    outputs: Sequence[int],
    numerical: Sequence[tuple[int, int, Tensor]],
    tolerance: Tolerance,
) -> tuple[str, bool] | None:
    """Whether a tensor that backward needs was changed where autograd does not see it.

    What is changed in place otherwise is an error of torch's own.

    Args:
        differences: evaluates the function.
        outputs: the differentiable outputs, as indices into all.
        numerical: the Jacobians that backward does not give: output, leaf, and the values,
            (elements of the leaf, elements of the output).
        tolerance: that of the check.

    Returns:
        The reason, and whether the gradient is right with the values that were saved; or None.
    """
    copies: list[Tensor] = []
    originals: list[Tensor] = []

    def save(tensor: Tensor) -> int:
        originals.append(tensor.detach())
        copies.append(tensor.detach().clone())
        return len(copies) - 1

    leaves = [leaf.tensor for leaf in differences.subject.leaves]
    try:
        with torch.autograd.graph.saved_tensors_hooks(save, copies.__getitem__):
            values = differences.outputs(recording=True)
        if all(map(_equal, originals, copies)):
            return None
        for output, leaf, jacobian in numerical:
            value = values[outputs[output]]
            own = torch.Generator().manual_seed(0)
            weights = torch.rand(value.shape, generator=own, dtype=torch.float64).to(value)
            (gradient,) = torch.autograd.grad(value, leaves[leaf], weights, retain_graph=True)
            expected = jacobian @ weights.reshape(-1).to(jacobian)
            if not tolerance.all_close(gradient.reshape(-1).to(expected), expected):
                return _CHANGED_AFTER_SAVING, False
    except Exception:  # whatever the function does with such hooks: it is only a reason
        return None
    return _CHANGED_AFTER_SAVING + _RIGHT_BEFORE, True


def _equal(original: Tensor, copy: Tensor) -> bool:
    return torch.equal(original.nan_to_num(), copy.nan_to_num())


def _along_a_line(differences: Differences, step: float) -> Tensor | None:
    """(9, size): the outputs at nine points a relative step apart, if there are any at all."""
    leaves = differences.subject.leaves
    before = [leaf.tensor.data.clone() for leaf in leaves]
    values = []
    try:
        for count in range(9):
            own = torch.Generator().manual_seed(0)
            for leaf, value in zip(leaves, before, strict=True):
                way = torch.rand(value.shape, generator=own, dtype=torch.float64).to(value.device)
                leaf.tensor.data.copy_(value * (1 + step * count * (way + 0.5)))
            values.append(differences.vector())
        return torch.stack(values)
    except Exception:  # any: farther on, a function may refuse its input or have other shapes
        return None
    finally:
        for leaf, value in zip(leaves, before, strict=True):
            leaf.tensor.data.copy_(value)


def kinks(
    differences: Differences,
    leaf: int,
    outputs: slice,
    analytic: Tensor,
    wrong: Tensor,
    tolerance: Tolerance,
) -> list[str]:
    """Whether the wrong entries lie where the one-sided derivatives differ.

    Args:
        differences: evaluates the function.
        leaf, outputs: which leaf, and where the output lies in the vector of all.
        analytic, wrong: (elements of the leaf, elements of the output), real.
        tolerance: that of the check.
    """
    tensor = differences.subject.leaves[leaf].tensor
    elements = wrong.any(dim=1).nonzero().flatten().tolist()
    if not elements or tensor.is_complex():
        return []
    at_kinks, jumping = [], []
    for element in elements[:_MOST_KINKS]:
        slopes = _slopes(differences, leaf, element)[:, outputs]
        failing = wrong[element]
        if not bool(slopes.isfinite().all()):
            return []
        change = slopes.diff(dim=0)
        total = (slopes[3] - slopes[0]).abs()
        sharp = (change[0].abs() < 0.1 * total) | (change[2].abs() < 0.1 * total)
        bent = total > 10 * (tolerance.atol + tolerance.rtol * slopes.abs().amax(dim=0))
        # A jump makes one slope as steep as the step is short, and leaves the others.
        steepest = slopes.abs().amax(dim=0)
        size = differences.base[outputs].abs().clamp(min=1e-3)
        jump = (steepest * differences.eps > 1e-2 * size) & (
            slopes.abs().amin(dim=0) < 1e-2 * steepest
        )
        between = (analytic[element] >= slopes.amin(dim=0) - tolerance.atol * 10) & (
            analytic[element] <= slopes.amax(dim=0) + tolerance.atol * 10
        )
        if bool(jump[failing].all()):
            jumping.append(element)
        elif bool((sharp & bent & between)[failing].all()):
            at_kinks.append(element)
    return _kink_text(differences, leaf, elements, at_kinks, jumping)


def _kink_text(
    differences: Differences,
    leaf: int,
    elements: Sequence[int],
    at_kinks: Sequence[int],
    jumping: Sequence[int],
) -> list[str]:
    named = differences.subject.leaves[leaf]
    looked_at = min(len(elements), _MOST_KINKS)
    texts = []
    for found, what in ((at_kinks, _KINK), (jumping, _JUMP)):
        if not found:
            continue
        places = ", ".join(str(list(unravel(element, named.tensor.shape))) for element in found[:4])
        more = f" and {len(found) - 4} more" if len(found) > 4 else ""
        share = "all" if len(found) == len(elements) else f"{len(found)} of {looked_at}"
        texts.append(
            f"at {share} of the failing elements of {named.name} ({places}{more}) {what}; "
            f"move them away by more than eps={differences.eps:g}"
        )
    return texts


def _slopes(differences: Differences, leaf: int, element: int) -> Tensor:
    """(4, outputs): the slopes between x - eps, x - eps/2, x, x + eps/2 and x + eps."""
    view = real_view(differences.subject.leaves[leaf].tensor.data)
    cell = view[unravel(element, view.shape)]
    here = cell.item()
    values = []
    try:
        for step in (-1.0, -0.5, 0.0, 0.5, 1.0):
            cell.fill_(here + step * differences.eps)
            values.append(differences.vector())
    finally:
        cell.fill_(here)
    return torch.stack(values).diff(dim=0) / (differences.eps / 2)
