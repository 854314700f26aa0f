"""From what the caller gives to the subject of a check, in float64 where that is possible."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from . import _tree
from ._dtypes import can_have_gradient, is_double
from ._random import Generators
from ._subject import (
    FunctionSubject,
    ModuleSubject,
    Subject,
    argument_tensors,
    copy_module,
    double_module,
    to_double,
)


def devices(
    fn: Callable[..., Any], args: tuple[object, ...], kwargs: Mapping[str, object]
) -> set[torch.device]:
    """The devices that take part."""
    found = {tensor.device for _, tensor in argument_tensors(args, kwargs)}
    if isinstance(fn, nn.Module):
        found |= {tensor.device for tensor in [*fn.parameters(), *fn.buffers()]}
    return found


def subject(
    fn: Callable[..., Any],
    args: tuple[object, ...],
    kwargs: Mapping[str, object],
    generators: Generators,
    *,
    params: bool,
    buffers: bool,
) -> Subject:
    """What is to be checked.

    Raises:
        ValueError: nothing requires a gradient.
        RuntimeError: an input that is the result of a computation overlaps with itself.
    """
    if isinstance(fn, nn.Module):
        made = _module_subject(fn, args, kwargs, params, buffers, generators)
        if not made.leaves:
            raise ValueError(_NOTHING)
        return made
    _refuse_unusable([tensor for _, tensor in argument_tensors(args, kwargs)])
    return _function_subject(fn, args, kwargs, generators)


def _function_subject(
    fn: Callable[..., Any],
    args: tuple[object, ...],
    kwargs: Mapping[str, object],
    generators: Generators,
) -> Subject:
    if any(_overlaps(tensor) for _, tensor in argument_tensors(args, kwargs)):
        # Elements that share memory cannot be perturbed one by one: they get memory of their own.
        args, kwargs = _tree.replace(args, _spread), _tree.replace(kwargs, _spread)
    subject = FunctionSubject(fn, args, kwargs)
    if all(is_double(leaf.tensor) or not _can_double(leaf.tensor) for leaf in subject.leaves):
        return subject
    twin = FunctionSubject(fn, _tree.replace(args, _as_double), _tree.replace(kwargs, _as_double))
    return twin if _works_in_double(twin, generators) else subject


def _module_subject(
    module: nn.Module,
    args: tuple[object, ...],
    kwargs: Mapping[str, object],
    params: bool,
    buffers: bool,
    generators: Generators,
) -> ModuleSubject:
    tensors = [tensor for _, tensor in argument_tensors(args, kwargs)]
    # A learner's x is rarely marked: a module's inputs are then all checked.
    unmarked = not any(tensor.requires_grad for tensor in tensors)

    def copied(tensor: Tensor) -> Tensor:
        wanted = tensor.requires_grad or (unmarked and can_have_gradient(tensor))
        return tensor.detach().clone().requires_grad_(wanted)

    def doubled(tensor: Tensor) -> Tensor:
        return to_double(tensor, requires_grad=unmarked or tensor.requires_grad)

    def made(own: nn.Module, change: Callable[[Tensor], Tensor]) -> ModuleSubject:
        given = _tree.replace(args, change), _tree.replace(kwargs, change)
        return ModuleSubject(own, *given, params=params, buffers=buffers)

    twin = _materialised_copy(module, args, kwargs, generators)
    if all(is_double(each) for each in [*tensors, *twin.parameters()] if can_have_gradient(each)):
        return made(twin, copied)
    try:
        wide = made(double_module(twin), doubled)
        if _works_in_double(wide, generators):
            return wide
    except (RuntimeError, TypeError):  # no float64 on this device
        pass
    return made(_materialised_copy(module, args, kwargs, generators), copied)


def _materialised_copy(
    module: nn.Module,
    args: tuple[object, ...],
    kwargs: Mapping[str, object],
    generators: Generators,
) -> nn.Module:
    """A copy; the parameters of a lazy module get their shapes, by one forward pass."""
    twin = copy_module(module)
    if any(nn.parameter.is_lazy(each) for each in [*twin.parameters(), *twin.buffers()]):
        with torch.no_grad():
            twin(*args, **kwargs)
        generators.rewind(always=True)
    return twin


def _works_in_double(subject: Subject, generators: Generators) -> bool:
    try:
        with torch.enable_grad():
            outputs = subject.call()
    except Exception:  # any: what fails in float64 alone is checked as it was given
        return False
    finally:
        generators.rewind(always=True)
    return all(is_double(output) for output in outputs if can_have_gradient(output))


def _overlaps(tensor: Tensor) -> bool:
    """Whether it requires a gradient, and is expanded: a stride is zero."""
    return (
        tensor.requires_grad
        and tensor.layout == torch.strided
        and any(
            stride == 0 and size > 1
            for stride, size in zip(tensor.stride(), tensor.shape, strict=True)
        )
    )


def _spread(tensor: Tensor) -> Tensor:
    if not _overlaps(tensor):
        return tensor
    return tensor.detach().clone(memory_format=torch.contiguous_format).requires_grad_()


def _can_double(tensor: Tensor) -> bool:
    return not only_torch_can_perturb(tensor)


def _as_double(tensor: Tensor) -> Tensor:
    return to_double(tensor) if _can_double(tensor) else tensor


def only_torch_can_perturb(tensor: Tensor) -> bool:
    return (
        tensor.layout != torch.strided
        or type(tensor) not in (Tensor, nn.Parameter)
        or tensor.is_conj()
        or tensor.is_neg()
    )


def _refuse_unusable(inputs: Sequence[Tensor]) -> None:
    """Refuse, or warn of, the inputs that torch refuses or warns of."""
    checked = 0
    for index, tensor in enumerate(inputs):
        if not tensor.requires_grad:
            continue
        checked += 1
        if not is_double(tensor):
            warnings.warn(
                f"Input #{index} requires gradient and is not a double precision floating point "
                "or complex. It is checked on a float64 copy where the function allows that.",
                stacklevel=4,
            )
        if _overlaps(tensor) and not tensor.is_leaf:
            raise RuntimeError(
                f"The {index}th input has a dimension with stride 0. gradcheck only supports "
                "inputs that are non-overlapping to be able to compute the numerical gradients "
                "correctly. You should call .contiguous on the input before passing it to "
                "gradcheck."
            )
    if not checked:
        raise ValueError(_NOTHING)


_NOTHING = (
    "gradcheck expects at least one input tensor to require gradient, but none of them "
    "have requires_grad=True."
)
