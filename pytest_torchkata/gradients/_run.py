"""A check from start to end, in torch's order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from . import _torch
from ._analytic import Backward
from ._batch import graph_of_copies
from ._batches import BatchedDifferences
from ._compare import Tolerance
from ._dtypes import can_have_gradient, coarsest
from ._errors import GradcheckError
from ._exact import failing_blocks, must_be_zero
from ._layout import OutputLayout, real_numel
from ._prepare import only_torch_can_perturb
from ._quick import suspicious
from ._random import Generators
from ._report import failure
from ._settings import Options
from ._subject import Subject

# The analytic Jacobian is held whole, beside batches of the numerical one.
_MOST_BYTES = 2_000_000_000


def run(subject: Subject, options: Options, generators: Generators) -> None:
    """Check one subject, in torch's order."""

    def call(*_: object) -> tuple[Tensor, ...]:
        generators.rewind()
        return subject.call()

    leaves = tuple(leaf.tensor for leaf in subject.leaves)
    if any(only_torch_can_perturb(leaf) for leaf in leaves):
        _by_torch(subject, options)
        return
    with torch.enable_grad():
        func_out = call()
        generators.watch()
        if generators.drawn_from:
            func_out = call()
    _refuse_integers(func_out)
    picked = [index for index, output in enumerate(func_out) if output.requires_grad]
    outputs = tuple(func_out[index] for index in picked)
    _torch.check_outputs(outputs)
    tolerance = options.tolerance(coarsest(leaves))
    gives_zeros = options.check_backward_ad and _check_backward_ad(
        subject, func_out, picked, leaves, tolerance, options, generators
    )
    if options.check_forward_ad:
        inputs, fn = _for_forward_ad(subject)
        _torch.forward_ad_check(
            fn,
            func_out,
            inputs,
            outputs,
            fast_mode=options.fast_mode,
            masked=options.masked,
            eps=tolerance.eps,
            rtol=tolerance.rtol,
            atol=tolerance.atol,
            check_grad_dtypes=options.check_grad_dtypes,
            nondet_tol=options.nondet_tol,
            check_undefined_grad=options.check_undefined_grad,
        )
        if options.check_batched_forward_grad:
            _torch.batched_forward_grad_check(fn, inputs)
    if not options.check_backward_ad:
        return
    if options.check_batched_grad:
        for index, output in enumerate(outputs):
            _torch.batched_grad_check(leaves, output, index)
    if not gives_zeros:
        _torch.zero_cotangent_check(outputs, leaves, options.masked)
    if options.check_undefined_grad:
        _torch.undefined_grad_check(call, outputs, leaves)


def _check_backward_ad(
    subject: Subject,
    func_out: tuple[Tensor, ...],
    picked: list[int],
    leaves: tuple[Tensor, ...],
    tolerance: Tolerance,
    options: Options,
    generators: Generators,
) -> bool:
    """Whether it was seen on the way that zero cotangents give zero gradients."""
    floating = [index for index, output in enumerate(func_out) if can_have_gradient(output)]
    layout = OutputLayout.of(func_out, picked or floating)
    if not layout.size:
        return False
    differences = BatchedDifferences(
        subject,
        layout,
        layout.vector(func_out),
        eps=tolerance.eps,
        generators=generators,
        budget=options.budget,
        chunk_size=options.chunk_size,
        batched=options.batched,
    )
    if not picked:
        must_be_zero(differences)
        return False
    backward = Backward(
        [func_out[index] for index in picked],
        leaves,
        nondet_tol=options.nondet_tol,
        check_grad_dtypes=options.check_grad_dtypes,
        budget=options.budget,
        batched=options.batched,
        graph_of_copies=partial(graph_of_copies, subject, layout),
    )
    real = not any(each.is_complex() for each in [*leaves, *backward.outputs])
    doubt = options.fast_mode and real and suspicious(differences, backward, layout)
    if options.fast_mode and real and not doubt:
        return backward.gives_zeros
    _refuse_size(subject, layout, options, doubt)
    blocks = failing_blocks(differences, backward, layout, tolerance)
    if blocks:
        notes = [*differences.notes, *backward.notes]
        raise failure(blocks, differences, backward, layout, tolerance, notes)
    return backward.gives_zeros


def _refuse_size(subject: Subject, layout: OutputLayout, options: Options, doubt: bool) -> None:
    """Refuse a check that would take too long or too much memory, rather than check less."""
    if options.max_evaluations is None:
        return
    elements = sum(real_numel(leaf.tensor) for leaf in subject.leaves)
    evaluations = 2 * elements + layout.size
    size = 8 * elements * layout.size
    if evaluations > options.max_evaluations:
        why = (
            f"the exact check takes {evaluations:,} evaluations (2 for each of {elements:,} "
            f"elements, 1 for each of {layout.size:,} outputs), more than "
            f"max_evaluations={options.max_evaluations:,}"
        )
        more = "a larger max_evaluations (None for any number)"
    elif size > _MOST_BYTES:
        why = (
            f"the Jacobian, {elements:,} × {layout.size:,} numbers of 8 bytes, takes "
            f"{size / 1e9:.1f} GB, more than {_MOST_BYTES / 1e9:.0f} GB"
        )
        more = "max_evaluations=None, which holds it whole all the same"
    else:
        return
    sizes = {leaf.name: real_numel(leaf.tensor) for leaf in subject.leaves}
    largest = max(sizes, key=lambda name: sizes[name])
    quick = "" if options.fast_mode else "fast_mode=True (random directions), "
    found = "the quick check found a difference, which the exact one must judge; " * doubt
    raise ValueError(
        f"{found}{why}; the largest is {largest} with {sizes[largest]:,} elements. Check a smaller "
        f"instance or input, or use {quick}params=False, or {more}."
    )


def _by_torch(subject: Subject, options: Options) -> None:
    inputs, fn = _for_forward_ad(subject)
    tolerance = options.tolerance(torch.float64)
    _torch.whole_check(
        fn,
        inputs,
        eps=tolerance.eps,
        atol=tolerance.atol,
        rtol=tolerance.rtol,
        nondet_tol=options.nondet_tol,
        check_undefined_grad=options.check_undefined_grad,
        check_grad_dtypes=options.check_grad_dtypes,
        check_batched_grad=options.check_batched_grad,
        check_batched_forward_grad=options.check_batched_forward_grad,
        check_forward_ad=options.check_forward_ad,
        check_backward_ad=options.check_backward_ad,
        fast_mode=options.fast_mode,
        masked=options.masked,
    )


def _for_forward_ad(
    subject: Subject,
) -> tuple[tuple[Tensor, ...], Callable[..., tuple[Tensor, ...]]]:
    """The leaves and a function of them, for those checks of torch that call it with others."""

    def fn(*values: Tensor) -> tuple[Tensor, ...]:
        return subject.at(values)

    return tuple(leaf.tensor for leaf in subject.leaves), fn


def _refuse_integers(outputs: Sequence[Tensor]) -> None:
    if outputs and not any(map(can_have_gradient, outputs)):
        kinds = ", ".join(sorted({str(each.dtype) for each in outputs}))
        raise GradcheckError(
            f"gradcheck needs a floating-point or complex output, but got only {kinds}\n"
            "  an integer or boolean output has no gradient: the check would hold for any function"
        )
