"""Two structures, walked together to the leaves that are compared.

Sequences and mappings go together as `torch.testing.assert_close` has it: types need not match,
lengths and keys must. Beyond it: dataclasses, modules (by their state dict), sets, strings and
nested tensors, constituent by constituent.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

import torch
from torch import Tensor, nn


@dataclasses.dataclass(frozen=True)
class Step:
    """One step into a structure: `[key]`, or `.name` where the name reads better."""

    key: Any  # whatever a mapping has for a key
    name: str | None = None

    def __str__(self) -> str:
        return f"[{self.key!r}]" if self.name is None else f".{self.name}"


@dataclasses.dataclass(frozen=True)
class Leaf:
    """Two values to compare, and the way to them."""

    path: tuple[Step, ...]
    actual: Any  # anything may be compared
    expected: Any


@dataclasses.dataclass(frozen=True)
class Mismatch:
    """Two structures that do not fit: nothing below them can be compared."""

    path: tuple[Step, ...]
    message: str
    detail: str


Node = Leaf | Mismatch


def shown(path: tuple[Step, ...]) -> str:
    """The path as code that leads there."""
    return "".join(map(str, path))


def as_torch(path: tuple[Step, ...]) -> str:
    """The path as torch writes it."""
    return "".join(str([step.key]) for step in path)


def _in_order(keys: Set[Any]) -> list[Any]:
    try:
        return sorted(keys)
    except Exception:  # keys of several types; torch compares those in any order
        return sorted(keys, key=lambda key: (type(key).__name__, repr(key)))


def _a_few(keys: list[Any]) -> str:
    shown = ", ".join(map(repr, keys[:10]))
    return f"{shown}, … and {len(keys) - 10} more" if len(keys) > 10 else shown


def _listed(keys: list[Any]) -> str:
    """The list as torch prints it, unless it is very long."""
    text = str(keys)
    return text if len(text) <= 800 else f"[{_a_few(keys)}]"


def _keys(actual: Set[Any], expected: Set[Any], path: tuple[Step, ...], what: str) -> Mismatch:
    missing, additional = _in_order(expected - actual), _in_order(actual - expected)
    parts = [f"missing: {_a_few(missing)}"] if missing else []
    parts += [f"not expected: {_a_few(additional)}"] if additional else []
    if what == "sets":
        return Mismatch(path, f"Sets mismatch: {'; '.join(parts)}", "; ".join(parts))
    message = (
        f"The keys of the mappings do not match:\n"
        f"Missing keys in the actual mapping: {_listed(missing)}\n"
        f"Additional keys in the actual mapping: {_listed(additional)}"
    )
    return Mismatch(path, message, f"keys {'; '.join(parts)}")


def leaves(actual: Any, expected: Any, path: tuple[Step, ...] = ()) -> Iterator[Node]:  # as above
    """Every pair of leaves, and every place where the structures do not fit."""
    if (
        isinstance(actual, Sequence)
        and isinstance(expected, Sequence)
        and not isinstance(actual, str)
        and not isinstance(expected, str)
    ):
        yield from _sequences(actual, expected, path)
    elif isinstance(actual, Mapping) and isinstance(expected, Mapping):
        yield from _mappings(actual, expected, path)
    elif isinstance(actual, nn.Module) and isinstance(expected, nn.Module):
        yield from _mappings(actual.state_dict(), expected.state_dict(), path)
    elif isinstance(actual, Set) and isinstance(expected, Set):
        if actual == expected:
            return
        yield _keys(set(actual), set(expected), path, "sets")
    elif _is_record(actual) and _is_record(expected):
        yield from _records(actual, expected, path)
    elif _is_nested(actual) and _is_nested(expected) and not _comparable(actual, expected):
        yield from _sequences(actual.unbind(), expected.unbind(), path)
    else:
        yield Leaf(path, actual, expected)


def _sequences(
    actual: Sequence[Any], expected: Sequence[Any], path: tuple[Step, ...]
) -> Iterator[Node]:
    if len(actual) != len(expected):
        message = f"The length of the sequences mismatch: {len(actual)} != {len(expected)}"
        yield Mismatch(path, message, f"length {len(actual)}, expected {len(expected)}")
        return
    names = getattr(type(expected), "_fields", None)  # a named tuple's
    for index in range(len(expected)):
        name = names[index] if isinstance(names, tuple) and index < len(names) else None
        yield from leaves(actual[index], expected[index], (*path, Step(index, name)))


def _mappings(
    actual: Mapping[Any, Any], expected: Mapping[Any, Any], path: tuple[Step, ...]
) -> Iterator[Node]:
    mine, theirs = set(actual.keys()), set(expected.keys())
    if mine != theirs:
        yield _keys(mine, theirs, path, "mappings")
    for key in _in_order(mine & theirs):
        yield from leaves(actual[key], expected[key], (*path, Step(key)))


def _is_record(value: object) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, (type, Tensor))


def _records(actual: Any, expected: Any, path: tuple[Step, ...]) -> Iterator[Node]:
    if type(actual) is not type(expected):
        names = f"{type(actual).__qualname__} != {type(expected).__qualname__}"
        yield Mismatch(path, f"The types of the dataclasses do not match: {names}", names)
        return
    for field in dataclasses.fields(actual):
        if field.compare:
            step = Step(field.name, field.name)
            yield from leaves(
                getattr(actual, field.name), getattr(expected, field.name), (*path, step)
            )


def _is_nested(value: object) -> bool:
    return isinstance(value, Tensor) and value.is_nested


def _comparable(actual: Tensor, expected: Tensor) -> bool:
    # torch compares jagged tensors that share their offsets, no others: of equal ragged sizes it
    # says that they differ, as long as these were made twice.
    return (
        actual.layout is torch.jagged
        and expected.layout is torch.jagged
        and actual.shape == expected.shape
    )
