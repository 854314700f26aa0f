"""Tensors inside nested values: tuples, lists, mappings, named tuples, dataclasses."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

_PLAIN = (
    type(None),
    bool,
    int,
    float,
    complex,
    str,
    bytes,
    torch.dtype,
    torch.device,
    torch.Size,
)


def tensors(value: object, where: str = "", *, strict: bool = True) -> list[tuple[str, Tensor]]:
    """Every tensor in `value` with its path, such as `['hidden'][0].weight`, in order.

    Raises:
        TypeError: `strict`, and an object is met that cannot be looked into: a tensor may hide
            there.
    """
    if isinstance(value, Tensor):
        return [(where, value)]
    found: list[tuple[str, Tensor]] = []
    for step, child in _children(value, where, strict):
        found += tensors(child, where + step, strict=strict)
    return found


def flat(value: object) -> tuple[Tensor, ...]:
    """Every tensor in `value`, in order; the fast way for the usual kinds of output."""
    if isinstance(value, Tensor):
        return (value,)
    if isinstance(value, (tuple, list)) and all(isinstance(item, Tensor) for item in value):
        return tuple(value)
    return tuple(tensor for _, tensor in tensors(value))


def replace(value: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """A copy of the containers of `value` whose tensors are what `change` makes of them.

    Objects that are not containers are passed on as they are.
    """
    if isinstance(value, Tensor):
        return change(value)
    if isinstance(value, tuple):
        items = [replace(item, change) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    if isinstance(value, list):
        return [replace(item, change) for item in value]
    if isinstance(value, Mapping):
        changed = {key: replace(item, change) for key, item in value.items()}
        if type(value) is dict:
            return changed
        twin: Any = copy.copy(value)  # keeps the class: OrderedDict, ModelOutput, ...
        for key, item in changed.items():
            twin[key] = item
        return twin
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        twin = copy.copy(value)
        for field in dataclasses.fields(value):
            # object.__setattr__: a frozen dataclass refuses the ordinary one.
            item = replace(getattr(value, field.name), change)
            object.__setattr__(twin, field.name, item)
        return twin
    return value


def _children(value: object, where: str, strict: bool) -> list[tuple[str, object]]:
    if isinstance(value, _PLAIN):
        return []
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return [(f".{name}", getattr(value, name)) for name in value._fields]
    if isinstance(value, (tuple, list)):
        return [(f"[{index}]", item) for index, item in enumerate(value)]
    if isinstance(value, Mapping):
        return [(f"[{key!r}]", item) for key, item in value.items()]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [(f".{each.name}", getattr(value, each.name)) for each in dataclasses.fields(value)]
    if not strict:
        return []
    place = f" at {where}" if where else ""
    raise TypeError(
        f"cannot look for tensors in a {type(value).__qualname__}{place}: "
        "return tensors, or tuples, lists, dicts, named tuples or dataclasses of them"
    )
