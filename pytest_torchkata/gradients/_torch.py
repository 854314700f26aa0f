"""The parts of torch's own check that are used as they are.

They are private to torch and the same from 2.4 to 2.13; what a later torch lacks is found by
the tests, here and nowhere else.
"""

from __future__ import annotations

import functools
import importlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor

# By name: the attribute torch.autograd.gradcheck is the function, not its module.
# Any: torch's own functions are not annotated.
_theirs: Any = importlib.import_module("torch.autograd.gradcheck")
_functorch: Any = importlib.import_module("torch._C._functorch")


def whole_check(fn: Callable[..., object], inputs: tuple[object, ...], **options: object) -> None:
    """torch's check from start to end, for tensors that only it knows how to perturb."""
    _theirs._gradcheck_helper(fn, inputs, **options)


def forward_ad_check(
    fn: Callable[..., object],
    func_out: object,
    inputs: tuple[object, ...],
    outputs: tuple[Tensor, ...],
    *,
    fast_mode: bool,
    masked: bool | None,
    eps: float,
    rtol: float,
    atol: float,
    check_grad_dtypes: bool,
    nondet_tol: float,
    check_undefined_grad: bool,
) -> None:
    """Forward-mode derivatives against numerical ones, and undefined tangents."""
    check = _theirs._fast_gradcheck if fast_mode else _theirs._slow_gradcheck

    def masked_check(*args: object, **kwargs: object) -> object:
        return check(*args, **kwargs, masked=masked)

    _theirs._gradcheck_real_imag(
        masked_check,
        fn,
        func_out,
        inputs,
        outputs,
        eps,
        rtol,
        atol,
        check_grad_dtypes,
        check_forward_ad=True,
        check_backward_ad=False,
        nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad,
    )


def batched_forward_grad_check(fn: Callable[..., object], inputs: tuple[object, ...]) -> None:
    """Forward-mode derivatives under vmap against those without."""
    _theirs._test_batched_grad_forward_ad(fn, inputs)


def batched_grad_check(inputs: Sequence[Tensor], output: Tensor, index: int) -> None:
    """Backward under vmap against backward without."""
    _theirs._test_batched_grad(tuple(inputs), output, index)


def zero_cotangent_check(
    outputs: Sequence[Tensor], inputs: Sequence[Tensor], masked: bool | None
) -> None:
    """Backward of a zero cotangent is zero, of the inputs' dtype, device, layout and size."""
    if not outputs or not _gives_zeros(outputs, inputs):
        _theirs._test_backward_mul_by_grad_output(tuple(outputs), tuple(inputs), masked)


def undefined_grad_check(
    fn: Callable[..., object], outputs: Sequence[Tensor], inputs: Sequence[Tensor]
) -> None:
    """Backward copes with undefined cotangents: all of them, and each alone."""
    undefined: Any = torch._C._functions.UndefinedGrad
    try:
        fine = _gives_zeros([undefined()(output) for output in outputs], inputs)
        if len(outputs) > 1:
            for one in range(len(outputs)):
                some = [undefined()(each) if k == one else each for k, each in enumerate(outputs)]
                fine = fine and _gives_zeros(some, inputs)
    except RuntimeError:
        fine = False
    if not fine:
        # Again as torch does it, on a graph of its own, for its verdict and its words.
        _theirs._test_undefined_backward_mode(fn, tuple(outputs), tuple(inputs))


def _gives_zeros(outputs: Sequence[Tensor], inputs: Sequence[Tensor]) -> bool:
    """Whether zero cotangents give gradients that are zero and otherwise like the inputs."""
    zeros = [torch.zeros_like(each, memory_format=torch.contiguous_format) for each in outputs]
    return all(
        gradient is None or (gradient.layout == torch.strided and is_zero_like(gradient, given))
        for gradient, given in zip(gradients(outputs, inputs, zeros), inputs, strict=True)
    )


def is_zero_like(gradient: Tensor, given: Tensor) -> bool:
    """Whether a strided gradient is zero, and otherwise like the tensor that it belongs to."""
    return (
        gradient.dtype == given.dtype
        and gradient.shape == given.shape
        and gradient.device == given.device
        and not gradient.any()
    )


def gradients(
    outputs: Sequence[Tensor], inputs: Sequence[Tensor], cotangents: Sequence[Tensor]
) -> Sequence[Tensor | None]:
    """torch.autograd.grad that keeps the graph and allows unused inputs.

    Without its preparations where torch lets us: for a small function they take as long as the
    backward pass. The cotangents must have the shapes of the outputs.
    """
    if _RUN_BACKWARD is None:
        return torch.autograd.grad(
            outputs, inputs, cotangents, retain_graph=True, allow_unused=True
        )
    found: Sequence[Tensor | None] = _RUN_BACKWARD(
        tuple(outputs),
        tuple(cotangents),
        True,  # keep the graph
        False,  # create none
        tuple(inputs),
        allow_unreachable=True,
        accumulate_grad=False,
    )
    return found


# Any: torch's own functions are not annotated.
_RUN_BACKWARD: Any = getattr(torch.autograd.graph, "_engine_run_backward", None)


def check_outputs(outputs: Sequence[Tensor]) -> None:
    """Refuse sparse and mkldnn outputs, as torch does."""
    _theirs._check_outputs(tuple(outputs))


def in_transform() -> bool:
    """Whether a transform of torch.func (here: vmap) is running."""
    return _functorch.peek_interpreter_stack() is not None


def vmap(
    fn: Callable[..., tuple[Tensor, ...]], count: int, *args: Tensor, fallback: bool = False
) -> tuple[Tensor, ...]:
    """torch.func.vmap of `fn` over the first dimension of every argument.

    `fallback` allows the slow way around a missing rule, which loops: a batch along a dimension of
    the data is faster. Every row draws the same random numbers.

    What torch.func.vmap does besides (trees of arguments and of dimensions) takes longer than
    many a function that is checked, so the level is entered by hand where torch lets us.
    """
    if not _BY_HAND:
        results: tuple[Tensor, ...] = torch.func.vmap(fn, randomness="same")(*args)
        return results
    slow = _functorch._is_vmap_fallback_enabled()
    _functorch._set_vmap_fallback_enabled(fallback)
    level = _functorch._vmap_increment_nesting(count, "same")
    try:
        with torch.no_grad(), _no_word_of_loops() if fallback else nullcontext():
            outputs = fn(*(_functorch._add_batch_dim(arg, 0, level) for arg in args))
            return tuple(
                _functorch._remove_batch_dim(output, level, count, 0) for output in outputs
            )
    finally:
        _functorch._vmap_decrement_nesting()
        _functorch._set_vmap_fallback_enabled(slow)


def batched_gradients(
    output: Tensor, inputs: Sequence[Tensor], cotangents: Tensor, *, fallback: bool = False
) -> tuple[Tensor | None, ...]:
    """torch.autograd.grad for every row of `cotangents`; a row for each, or None for zero.

    `fallback` as for `vmap`.
    """
    if not _BY_HAND:
        return torch.autograd.grad(
            output, inputs, cotangents, retain_graph=True, allow_unused=True, is_grads_batched=True
        )
    count = len(cotangents)
    slow = _functorch._is_vmap_fallback_enabled()
    _functorch._set_vmap_fallback_enabled(fallback)
    level = _functorch._vmap_increment_nesting(count, "error")
    try:
        batched = _functorch._add_batch_dim(cotangents, 0, level)
        with _no_word_of_loops() if fallback else nullcontext():
            gradients = torch.autograd.grad(
                output, inputs, batched, retain_graph=True, allow_unused=True
            )
        return tuple(
            None if gradient is None else _functorch._remove_batch_dim(gradient, level, count, 0)
            for gradient in gradients
        )
    finally:
        _functorch._vmap_decrement_nesting()
        _functorch._set_vmap_fallback_enabled(slow)


@contextmanager
def _no_word_of_loops() -> Iterator[None]:
    """Where vmap has no rule for an operation it loops: slower, and just as right."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="There is a performance drop")
        yield


NO_RULE = "hit the vmap fallback"
"""What vmap says of an operation that has no rule, where it may not loop."""


@functools.cache
def load_decompositions() -> bool:
    """Whether torch has more rules for vmap to load: decompositions, as of cross entropy.

    It takes a second the first time: they import SymPy.
    """
    load = getattr(
        importlib.import_module("torch._functorch.vmap"), "lazy_load_decompositions", None
    )
    if load is not None:
        load()
    return load is not None


def load_more_rules() -> bool:
    """Whether vmap has more rules now than before this call: a second attempt may succeed."""
    known = load_decompositions.cache_info().currsize
    return load_decompositions() and not known


_BY_HAND = all(
    hasattr(_functorch, name)
    for name in (
        "_add_batch_dim",
        "_is_vmap_fallback_enabled",
        "_remove_batch_dim",
        "_set_vmap_fallback_enabled",
        "_vmap_decrement_nesting",
        "_vmap_increment_nesting",
    )
)
