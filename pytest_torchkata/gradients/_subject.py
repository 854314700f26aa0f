"""What is checked: a function or a module, and the tensors it is differentiated by."""

from __future__ import annotations

import copy
import inspect
import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from . import _tree
from ._dtypes import can_have_gradient


@dataclass(frozen=True)
class Leaf:
    """A tensor by which is differentiated, and its name for the reader.

    The name is worked out when it is asked for: only a failure needs it.
    """

    label: str | Callable[[], str]
    tensor: Tensor

    @property
    def name(self) -> str:
        return self.label if isinstance(self.label, str) else self.label()


class Subject(Protocol):
    """A differentiable function of some leaves, seen as tensors to tensors."""

    leaves: tuple[Leaf, ...]
    needs_grad_mode: bool
    """Whether it differentiates inside, so that it cannot be evaluated under no_grad."""

    def call(self) -> tuple[Tensor, ...]:
        """The outputs for the leaves as they are now."""

    def at(
        self, values: Sequence[Tensor], state: Sequence[Tensor] | None = None
    ) -> tuple[Tensor, ...]:
        """The outputs with `values` in place of the leaves, and `state` in place of its own."""

    def state(self) -> tuple[Tensor, ...]:
        """What an evaluation may update in place: buffers."""

    def keep(self) -> Callable[[], None]:
        """Remember its attributes; what is returned puts them back."""

    def integers(self) -> tuple[tuple[str, Tensor], ...]:
        """The integer arguments (indices, labels) with their names."""

    @property
    def inputs(self) -> range:
        """Which leaves are arguments, not parameters."""

    def at_tiled(
        self, values: Mapping[int, Tensor], tiled: Callable[[Tensor], Tensor]
    ) -> tuple[Tensor, ...]:
        """The outputs with `values` in place of some leaves and every other argument `tiled`."""


class FunctionSubject:
    """`fn(*args, **kwargs)`, by the tensors in the arguments that require a gradient."""

    needs_grad_mode = False

    def __init__(
        self, fn: Callable[..., object], args: tuple[object, ...], kwargs: Mapping[str, object]
    ) -> None:
        self._fn, self._args, self._kwargs = fn, args, dict(kwargs)
        self.leaves = tuple(argument_leaves(fn, args, kwargs, requires_grad))
        self._marked = Arguments(args, kwargs)
        self.inputs = range(len(self.leaves))

    def call(self) -> tuple[Tensor, ...]:
        return _tree.flat(self._fn(*self._args, **self._kwargs))

    def at(
        self, values: Sequence[Tensor], state: Sequence[Tensor] | None = None
    ) -> tuple[Tensor, ...]:
        args, kwargs = self._marked.replaced(values)
        return _tree.flat(self._fn(*args, **kwargs))

    def state(self) -> tuple[Tensor, ...]:
        return ()

    def keep(self) -> Callable[[], None]:
        return _nothing

    def integers(self) -> tuple[tuple[str, Tensor], ...]:
        return integer_arguments(self._fn, self._args, self._kwargs)

    def at_tiled(
        self, values: Mapping[int, Tensor], tiled: Callable[[Tensor], Tensor]
    ) -> tuple[Tensor, ...]:
        args, kwargs = self._marked.tiled(values, tiled)
        return _tree.flat(self._fn(*args, **kwargs))


class ModuleSubject:
    """A module applied to arguments, by those that require a gradient and by its parameters.

    The module is changed by a check (perturbed in place, its buffers updated): pass a copy.
    """

    needs_grad_mode = False

    def __init__(
        self,
        module: nn.Module,
        args: tuple[object, ...],
        kwargs: Mapping[str, object],
        *,
        params: bool,
        buffers: bool,
    ) -> None:
        self.module, self._args, self._kwargs = module, args, dict(kwargs)
        given = argument_leaves(module.forward, args, kwargs, requires_grad)
        own: dict[str, tuple[str, Tensor]] = {}
        if params:
            # named_parameters gives a shared parameter once, under its first name.
            for name, parameter in module.named_parameters():
                if parameter.requires_grad:
                    own[name] = (f"parameter {name}", parameter)
        if buffers:
            for name, buffer in module.named_buffers():
                if can_have_gradient(buffer):
                    own[name] = (f"buffer {name}", buffer.requires_grad_())
        self._own = list(own)
        self._slots: list[list[tuple[Any, Any]]] | None = None
        self.inputs = range(len(given))
        self._marked = Arguments(args, kwargs)
        self.leaves = (*given, *(Leaf(name, tensor) for name, tensor in own.values()))

    def call(self) -> tuple[Tensor, ...]:
        return _tree.flat(self.module(*self._args, **self._kwargs))

    def at(
        self, values: Sequence[Tensor], state: Sequence[Tensor] | None = None
    ) -> tuple[Tensor, ...]:
        given = len(self.inputs)
        args, kwargs = self._marked.replaced(values[:given])
        new = list(zip(self._places(), values[given:], strict=True))
        if state is not None:
            new += zip(self._places_of(self.state()), state, strict=True)
        before = [(holder, key, holder[key]) for places, _ in new for holder, key in places]
        try:
            for places, value in new:
                for holder, key in places:
                    holder[key] = value
            return _tree.flat(self.module(*args, **kwargs))
        finally:
            for holder, key, value in before:
                holder[key] = value

    def _places(self) -> list[list[tuple[Any, Any]]]:
        if self._slots is None:
            self._slots = self._places_of([leaf.tensor for leaf in self.leaves[len(self.inputs) :]])
        return self._slots

    def _places_of(self, tensors: Sequence[Tensor]) -> list[list[tuple[Any, Any]]]:
        """For each tensor the dictionaries and lists of the module that hold it, with the key.

        Not only `_parameters`, as torch.func.functional_call: recurrent layers keep theirs in a
        list besides.
        """
        found: dict[int, list[tuple[Any, Any]]] = {id(tensor): [] for tensor in tensors}
        for part in self.module.modules():
            lists = [value for value in vars(part).values() if isinstance(value, list)]
            # Any: dictionaries and lists are read and written alike.
            holders: list[Any] = [part._parameters, part._buffers, *lists]
            for holder in holders:
                keys = range(len(holder)) if isinstance(holder, list) else list(holder)
                for key in keys:
                    if id(holder[key]) in found:
                        found[id(holder[key])].append((holder, key))
        return list(found.values())

    def state(self) -> tuple[Tensor, ...]:
        return tuple(self._state().values())

    def keep(self) -> Callable[[], None]:
        before = [(part, dict(vars(part)), dict(part._buffers)) for part in self.module.modules()]

        def put_back() -> None:
            for part, attributes, buffers in before:
                vars(part).clear()
                vars(part).update(attributes)
                part._buffers.clear()
                part._buffers.update(buffers)

        return put_back

    def integers(self) -> tuple[tuple[str, Tensor], ...]:
        return integer_arguments(self.module.forward, self._args, self._kwargs)

    def _state(self) -> dict[str, Tensor]:
        if not self.module.training:
            return {}
        return {
            name: buffer
            for name, buffer in self.module.named_buffers()
            if name not in self._own and buffer.is_floating_point()
        }

    def at_tiled(
        self, values: Mapping[int, Tensor], tiled: Callable[[Tensor], Tensor]
    ) -> tuple[Tensor, ...]:
        args, kwargs = self._marked.tiled(values, tiled)
        return _tree.flat(self.module(*args, **kwargs))


def argument_tensors(
    args: Sequence[object], kwargs: Mapping[str, object]
) -> list[tuple[str, Tensor]]:
    """Every tensor among the arguments, named by position and path."""
    found: list[tuple[str, Tensor]] = []
    for place, arg in enumerate(args):
        found += _tree.tensors(arg, f"input {place}", strict=False)
    for key, value in kwargs.items():
        found += _tree.tensors(value, f"input {key}", strict=False)
    return found


def argument_leaves(
    fn: Callable[..., object],
    args: Sequence[object],
    kwargs: Mapping[str, object],
    wanted: Callable[[Tensor], bool],
) -> list[Leaf]:
    """The wanted tensors among the arguments; `fn` knows what its parameters are called."""
    return [
        Leaf(partial(_with_parameter_name, fn, label), tensor)
        for label, tensor in argument_tensors(args, kwargs)
        if wanted(tensor)
    ]


def integer_arguments(
    fn: Callable[..., object], args: Sequence[object], kwargs: Mapping[str, object]
) -> tuple[tuple[str, Tensor], ...]:
    """The integer tensors among the arguments, by name."""
    kinds = (torch.int64, torch.int32)
    found = argument_leaves(fn, args, kwargs, lambda tensor: tensor.dtype in kinds)
    return tuple((leaf.name, leaf.tensor) for leaf in found)


def requires_grad(tensor: Tensor) -> bool:
    """Whether a gradient is asked for."""
    return tensor.requires_grad


def _with_parameter_name(fn: Callable[..., object], label: str) -> str:
    """`input 0 (x)[1]` for `input 0[1]`, where the signature says so."""
    found = re.match(r"input (\d+)(.*)", label)
    if found is None:  # a keyword argument: the label has its name
        return label
    try:
        parameters = list(inspect.signature(fn).parameters.values())
    except (TypeError, ValueError):  # built-in functions have no signature
        return label
    place = int(found[1])
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [parameter.name for parameter in parameters if parameter.kind in kinds]
    return f"input {place} ({names[place]}){found[2]}" if place < len(names) else label


def _nothing() -> None:
    """There is nothing to put back."""


class Arguments:
    """Arguments some of whose tensors require a gradient, to be replaced by others."""

    def __init__(self, args: tuple[object, ...], kwargs: Mapping[str, object]) -> None:
        self._args, self._kwargs = args, dict(kwargs)
        # The usual case needs no walk through nested containers.
        self._flat = not kwargs and all(
            isinstance(arg, Tensor) or not _tree.tensors(arg, strict=False) for arg in args
        )
        self._places = [
            place for place, arg in enumerate(args) if isinstance(arg, Tensor) and arg.requires_grad
        ]

    def replaced(self, values: Sequence[Tensor]) -> tuple[Sequence[object], dict[str, object]]:
        """The arguments with the tensors that require a gradient replaced, in order."""
        if self._flat:
            args = list(self._args)
            for place, value in zip(self._places, values, strict=True):
                args[place] = value
            return args, self._kwargs
        rest = iter(values)
        return self._changed(lambda tensor: next(rest) if tensor.requires_grad else tensor)

    def tiled(
        self, values: Mapping[int, Tensor], tiled: Callable[[Tensor], Tensor]
    ) -> tuple[Sequence[object], dict[str, object]]:
        """The arguments with some of those tensors replaced and every other tensor `tiled`."""
        seen = itertools.count()

        def change(tensor: Tensor) -> Tensor:
            place = next(seen) if tensor.requires_grad else -1
            return values[place] if place in values else tiled(tensor)

        return self._changed(change)

    def _changed(
        self, change: Callable[[Tensor], Tensor]
    ) -> tuple[Sequence[object], dict[str, object]]:
        return _tree.replace(self._args, change), _tree.replace(self._kwargs, change)


def to_double(tensor: Tensor, *, requires_grad: bool | None = None) -> Tensor:
    """A detached float64 (complex128) copy of a floating tensor; others as they are.

    Raises:
        TypeError, RuntimeError: the device has no float64.
    """
    if not can_have_gradient(tensor):
        return tensor
    dtype = torch.complex128 if tensor.is_complex() else torch.float64
    wanted = tensor.requires_grad if requires_grad is None else requires_grad
    twin = tensor.detach().to(dtype, copy=True)
    return twin.requires_grad_(wanted)


def copy_module(module: nn.Module) -> nn.Module:
    """A deep copy, whatever intermediate results the module keeps as attributes."""
    # deepcopy refuses tensors that are results of autograd; a copy of the value serves.
    memo: dict[int, Any] = {}
    for part in module.modules():
        for value in vars(part).values():
            if isinstance(value, Tensor) and not value.is_leaf:
                memo[id(value)] = value.detach().clone()
    return copy.deepcopy(module, memo)


def double_module(module: nn.Module) -> nn.Module:
    """Convert a module in place to float64: parameters, buffers and plain tensor attributes."""
    module.double()
    for part in module.modules():
        for parameter in part.parameters(recurse=False):
            if parameter.is_complex():
                parameter.data = parameter.data.to(torch.complex128)
        for name, value in [*part._buffers.items(), *vars(part).items()]:
            if isinstance(value, Tensor) and can_have_gradient(value):
                setattr(part, name, to_double(value))
    return module
