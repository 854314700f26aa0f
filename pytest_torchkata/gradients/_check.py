"""`gradcheck` and `gradgradcheck`, for functions and modules."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor
from torch.autograd.gradcheck import GradcheckError as TorchGradcheckError

from . import _prepare
from ._errors import GradcheckError
from ._random import Generators
from ._run import run
from ._second import SecondOrder
from ._settings import Options
from ._subject import Subject


def gradcheck(
    fn_or_module: Callable[..., Any],
    inputs: Tensor | Sequence[object] = (),
    kwargs: Mapping[str, object] | None = None,
    *,
    params: bool = True,
    buffers: bool = False,
    order: Literal[1, 2] = 1,
    eps: float | None = None,
    atol: float | None = None,
    rtol: float | None = None,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
    batched: bool = True,
    chunk_size: int | None = None,
    max_evaluations: int | None = 250_000,
) -> bool:
    """Check the gradients of a function or a module against central differences.

    Every entry of the Jacobian is compared,
    |analytic - numerical| <= atol + rtol * |numerical|, where the numerical one is
    (f(x + eps e) - f(x - eps e)) / (2 eps) for each element of each input.

    Of a function, the inputs that require a gradient are checked, as torch does. Of a module, a
    float64 copy is checked: its parameters, and the inputs that require a gradient (all
    floating-point inputs where none is marked). What is passed in is not changed.

    Args:
        fn_or_module: returns tensors, or nested tuples, lists, dicts, named tuples, dataclasses of
            them.
        inputs: the positional arguments, a tensor or a sequence; nested tensors are found.
            Inputs of lower precision are checked on a float64 copy where the function allows it.
        kwargs: the keyword arguments.
        params: whether a module's parameters (that require a gradient) are checked.
        buffers: whether a module's floating-point buffers are checked.
        order: 2 to check second derivatives too, as `gradgradcheck` does.
        eps: step of the difference; None for one that fits the precision: 1e-6 in float64.
        atol, rtol: the tolerance; None for 1e-5 and 1e-3 in float64, more in lower precision.
        raise_exception: False to get False instead of a GradcheckError.
        nondet_tol: how far two backward passes with the same cotangent may differ.
        check_undefined_grad: whether backward must cope with undefined cotangents.
        check_grad_dtypes: whether a gradient must have the dtype of its input.
        check_batched_grad: whether backward must work under vmap.
        check_batched_forward_grad: whether forward mode must.
        check_forward_ad: whether forward-mode derivatives are checked too.
        check_backward_ad: False to check nothing that needs backward.
        fast_mode: along a few random directions only, each of which every row of the Jacobian
            takes part in; what then differs is checked exactly.
        masked: whether gradients at unspecified elements of sparse inputs are ignored.
        batched: False to evaluate one perturbation at a time, as torch does.
        chunk_size: how many perturbed copies are evaluated at once; None for as many as fit into
            4 MiB.
        max_evaluations: the most evaluations that the exact check may take; None for any number,
            and for a Jacobian of any size.

    Returns:
        True; False when a gradient is wrong and `raise_exception` is False.

    Raises:
        GradcheckError: a gradient is wrong, or no output is of a floating-point dtype. It is
            torch's GradcheckError and an AssertionError; `mismatches` has the values.
        ValueError: nothing requires a gradient, the output is sparse, or the exact check would
            take more than `max_evaluations`, or hold a Jacobian of more than 2 GB.
        RuntimeError: an input that is a result of `expand` overlaps with itself.
        TypeError: an output hides its tensors in an object of unknown kind.
        AssertionError: the output's shape or dtype depends on the values of the inputs.

    The verdict is that of torch.autograd.gradcheck, but for what docs/gradients.md lists.
    """
    __tracebackhide__ = True
    if not (check_forward_ad or check_backward_ad):
        raise AssertionError(
            "Expected at least one of check_forward_ad or check_backward_ad to be True"
        )
    if check_batched_grad and not check_backward_ad:
        raise AssertionError(
            "Setting check_batched_grad=True requires check_backward_ad to be True"
        )
    if check_batched_forward_grad and not check_forward_ad:
        raise AssertionError(
            "Setting check_batched_forward_grad=True requires check_forward_ad to be True"
        )
    options = Options(
        eps=eps,
        atol=atol,
        rtol=rtol,
        nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad,
        check_grad_dtypes=check_grad_dtypes,
        check_batched_grad=check_batched_grad,
        check_batched_forward_grad=check_batched_forward_grad,
        check_forward_ad=check_forward_ad,
        check_backward_ad=check_backward_ad,
        fast_mode=fast_mode,
        masked=masked,
        chunk_size=chunk_size,
        max_evaluations=max_evaluations,
        batched=batched,
    )

    def check(subject: Subject, generators: Generators) -> None:
        run(subject, options, generators)
        if order == 2:
            second = SecondOrder(subject, _cotangents(subject, None, False, generators))
            run(second, dataclasses.replace(options, check_batched_forward_grad=False), generators)

    return _verdict(
        fn_or_module, inputs, kwargs, check, params=params, buffers=buffers, raising=raise_exception
    )


def gradgradcheck(
    fn_or_module: Callable[..., Any],
    inputs: Tensor | Sequence[object] = (),
    grad_outputs: Tensor | Sequence[Tensor] | None = None,
    kwargs: Mapping[str, object] | None = None,
    *,
    params: bool = True,
    buffers: bool = False,
    eps: float | None = None,
    atol: float | None = None,
    rtol: float | None = None,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
    batched: bool = True,
    chunk_size: int | None = None,
    max_evaluations: int | None = 250_000,
) -> bool:
    """Check first and second derivatives of a function or a module.

    First as `gradcheck` does; then the gradients themselves, as functions of the inputs and of the
    cotangents of the outputs, against their central differences.

    Args:
        fn_or_module, inputs, kwargs, params, buffers: as for `gradcheck`.
        grad_outputs: cotangents of the differentiable outputs, of their shapes; None for random
            ones in [-1, 1].
        gen_non_contig_grad_outputs: whether the random ones are non-contiguous.
        check_fwd_over_rev: whether forward mode over backward is checked.
        check_rev_over_rev: whether backward over backward is checked.
        eps, atol, rtol, raise_exception, nondet_tol, check_undefined_grad, check_grad_dtypes,
        check_batched_grad, fast_mode, masked, batched, chunk_size, max_evaluations: as for
            `gradcheck`.

    Returns:
        True; False when a derivative is wrong and `raise_exception` is False.

    Raises:
        GradcheckError: a first or a second derivative is wrong.
        ValueError, RuntimeError, TypeError, AssertionError: as for `gradcheck`.
    """
    __tracebackhide__ = True
    if not (check_fwd_over_rev or check_rev_over_rev):
        raise AssertionError(
            "Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True"
        )
    if check_undefined_grad and not check_rev_over_rev:
        raise AssertionError(
            "Setting check_undefined_grad=True requires check_rev_over_rev to be True"
        )
    if check_batched_grad and not check_rev_over_rev:
        raise AssertionError(
            "Setting check_batched_grad=True requires check_rev_over_rev to be True"
        )
    options = Options(
        eps=eps,
        atol=atol,
        rtol=rtol,
        nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad,
        check_grad_dtypes=check_grad_dtypes,
        check_batched_grad=check_batched_grad,
        check_batched_forward_grad=False,
        check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev,
        fast_mode=fast_mode,
        masked=masked,
        chunk_size=chunk_size,
        max_evaluations=max_evaluations,
        batched=batched,
    )
    first_options = dataclasses.replace(
        options, check_forward_ad=False, check_backward_ad=True, check_batched_grad=False
    )

    def check(subject: Subject, generators: Generators) -> None:
        run(subject, first_options, generators)
        cotangents = _cotangents(subject, grad_outputs, gen_non_contig_grad_outputs, generators)
        run(SecondOrder(subject, cotangents), options, generators)

    return _verdict(
        fn_or_module, inputs, kwargs, check, params=params, buffers=buffers, raising=raise_exception
    )


def _verdict(
    fn: Callable[..., Any],
    inputs: Tensor | Sequence[object],
    kwargs: Mapping[str, object] | None,
    check: Callable[[Subject, Generators], None],
    *,
    params: bool,
    buffers: bool,
    raising: bool,
) -> bool:
    __tracebackhide__ = True
    args = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    named = kwargs or {}
    error: GradcheckError
    try:
        with Generators(_prepare.devices(fn, args, named)) as generators:
            subject = _prepare.subject(fn, args, named, generators, params=params, buffers=buffers)
            before = [leaf.tensor.detach().clone() for leaf in subject.leaves]
            try:
                check(subject, generators)
            finally:
                # A function may have changed what it was given; the caller's tensors come back.
                for leaf, value in zip(subject.leaves, before, strict=True):
                    if leaf.tensor.layout == torch.strided:
                        leaf.tensor.data.copy_(value)
    except GradcheckError as ours:
        error = ours
    except TorchGradcheckError as torchs:
        error = GradcheckError(str(torchs))
    except RuntimeError as other:
        if "modified by an inplace operation" not in str(other):
            raise
        # torch raises this one whatever raise_exception says.
        raise GradcheckError(f"{other}\n  why: {_MODIFIED}") from None
    else:
        return True
    if not raising:
        return False
    # From here: the frames of the check itself explain nothing to the reader.
    raise error.with_traceback(None) from None


_MODIFIED = (
    "a tensor that backward needs was saved, and then changed in place (by an operation such as "
    "add_, or by forward itself): compute a new tensor, or save a clone"
)


def _cotangents(
    subject: Subject,
    given: Tensor | Sequence[Tensor] | None,
    noncontiguous: bool,
    generators: Generators,
) -> tuple[Tensor, ...]:
    """Those given, in the precision of the outputs; or random ones in [-1, 1], as torch draws."""
    generators.rewind()
    with torch.enable_grad():
        outputs = [output for output in subject.call() if output.requires_grad]
    if given is None:
        return tuple(
            torch.testing.make_tensor(
                output.shape,
                dtype=output.dtype,
                device=output.device,
                low=-1,
                high=1,
                requires_grad=True,
                noncontiguous=noncontiguous,
            )
            for output in outputs
        )
    those = (given,) if isinstance(given, Tensor) else tuple(given)
    return tuple(
        each
        if each.dtype == output.dtype
        else each.detach().to(output.dtype).requires_grad_(each.requires_grad)
        for each, output in zip(those, outputs, strict=True)
    )
