"""What lets a function run on a batch that vmap alone refuses, without a change of its results.

Three things stop vmap in ordinary functions. What depends on values, a branch or a selection by a
mask: where all rows of the batch agree on the condition, it is the condition of each of them. A
recurrent layer: `torch.lstm` and its kin have no rule for vmap, but are equal to the steps that
torch itself decomposes them into. The loss of a classifier: the negative log-likelihood has no rule
either, but is a gather.
"""

from __future__ import annotations

import functools
import importlib
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils.hooks import RemovableHandle

from . import _tree

# Any: torch's own functions are not annotated.
_functorch: Any = importlib.import_module("torch._C._functorch")


class RowsDisagree(RuntimeError):
    """The rows of a batch do not take the same branch."""


# Hashable objects of torch, which are not annotated.
_CONDITIONS: frozenset[Any] = frozenset(
    {
        Tensor.__bool__,
        Tensor.__float__,
        Tensor.__index__,
        Tensor.__int__,
        Tensor.is_nonzero,
        Tensor.item,
        torch.is_nonzero,
    }
)
_SELECTIONS: frozenset[Any] = frozenset(
    {
        Tensor.__getitem__,
        Tensor.__setitem__,
        Tensor.masked_select,
        Tensor.nonzero,
        torch.masked_select,
        torch.nonzero,
    }
)


class StandIns(TorchFunctionMode):
    """Answers conditions for a whole batch, takes recurrent layers apart, registers no hooks."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # whatever the function returns
        named = kwargs or {}
        if func in _CONDITIONS:
            return func(_of_every_row(args[0]), *args[1:], **named)
        if func in _SELECTIONS:
            return func(args[0], *_tree.replace(tuple(args[1:]), _mask), **named)
        if func is Tensor.register_hook:
            # No gradient will come to call it.
            return RemovableHandle(OrderedDict())
        if func in _LOSSES:
            return _LOSSES[func](func, *args, **named)
        steps = _steps()
        if func in steps:
            # A packed sequence comes with its batch sizes, where the others have the state.
            packed = isinstance(args[1], Tensor) and isinstance(args[3], (tuple, list))
            return steps[func][packed](*args, **named)
        return func(*args, **named)


class NoConditions(TorchFunctionMode):
    """Refuses conditions: samples side by side would all take one branch."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # whatever the function returns
        if func in _CONDITIONS:
            raise RowsDisagree("it looks at values of its data")
        return func(*args, **(kwargs or {}))


def _mask(tensor: Tensor) -> Tensor:
    return _of_every_row(tensor) if tensor.dtype == torch.bool else tensor


def _of_every_row(tensor: Tensor) -> Tensor:
    """What a tensor is in every row of the batch.

    Raises:
        RowsDisagree: the rows differ.
    """
    if not _functorch.is_batchedtensor(tensor):
        return tensor
    rows = _functorch.get_unwrapped(tensor).movedim(_functorch.maybe_get_bdim(tensor), 0)
    if _functorch.is_batchedtensor(rows) or not len(rows) or not bool((rows == rows[0]).all()):
        raise RowsDisagree("the rows of a batch differ in a condition on its data")
    first: Tensor = rows[0]
    return first


def _nll_loss(
    func: Callable[..., Tensor],
    scores: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    reduction: int = 1,
    ignore_index: int = -100,
) -> Tensor:
    """-scores[target], for (samples, classes, ...) or (classes,), as torch.nn.functional.nll_loss.

    `reduction` is torch's number for it: 0 for none, 1 for the mean, 2 for the sum.
    """
    if weight is not None or target.is_floating_point():
        return func(scores, target, weight, reduction, ignore_index)
    dim = 0 if scores.ndim == 1 else 1
    counted = target != ignore_index
    losses = -scores.gather(dim, torch.where(counted, target, 0).unsqueeze(dim)).squeeze(dim)
    losses = torch.where(counted, losses, 0.0)
    if reduction == 0:
        return losses
    return losses.sum() / (counted.sum() if reduction == 1 else 1)


def _cross_entropy(
    func: Callable[..., Tensor],
    scores: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    reduction: int = 1,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
) -> Tensor:
    if weight is not None or target.is_floating_point() or label_smoothing:
        return func(scores, target, weight, reduction, ignore_index, label_smoothing)
    logarithms = scores.log_softmax(0 if scores.ndim == 1 else 1)
    return _nll_loss(func, logarithms, target, None, reduction, ignore_index)


_LOSSES: dict[Any, Callable[..., Tensor]] = {
    torch._C._nn.cross_entropy_loss: _cross_entropy,
    torch._C._nn.nll_loss_nd: _nll_loss,
}


@functools.cache
def _steps() -> dict[Any, tuple[Callable[..., Any], Callable[..., Any]]]:
    """For each recurrent function its steps, for padded and for packed sequences."""
    names = {
        "lstm": ("lstm_impl", "lstm_data_impl"),
        "gru": ("gru_impl", "gru_impl_data"),
        "rnn_tanh": ("rnn_tanh_input", "rnn_tanh_data"),
        "rnn_relu": ("rnn_relu_input", "rnn_relu_data"),
    }
    theirs = importlib.import_module("torch._decomp.decompositions")
    return {
        getattr(torch, name): (getattr(theirs, padded), getattr(theirs, packed))
        for name, (padded, packed) in names.items()
        # Private to torch: where a version has none, the layer is perturbed one by one.
        if hasattr(theirs, padded) and hasattr(theirs, packed)
    }
