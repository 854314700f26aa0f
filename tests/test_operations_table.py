"""The table of operations against torch's public namespace: what is one thing there is one here."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import pytest
import torch

from pytest_torchkata.operations import _table
from pytest_torchkata.operations._names import base_name, canonical, key_of, operations

NAMESPACES = {
    "torch": torch,
    "torch.Tensor": torch.Tensor,
    "torch.fft": torch.fft,
    "torch.linalg": torch.linalg,
    "torch.nn.functional": torch.nn.functional,
    "torch.sparse": torch.sparse,
    "torch.special": torch.special,
}
PREFIXES = {"torch.special": "special_", "torch.linalg": "linalg_", "torch.fft": "fft_"}
ALIAS = re.compile(r"Alias (?:for|of) :(?:func|meth):`~?([\w.]+?)_?(?:\(\))?`")
# What a method's documentation consists of, where it is the same as a function.
SEE = re.compile(r"^See :(?:func|meth):`~?([\w.]+?)_?(?:\(\))?`\.?$", re.M)
# Containers, bases, and modules that are made of several operations.
NO_OPERATION = {
    "AdaptiveLogSoftmaxWithLoss",
    "Container",
    "DataParallel",
    "Identity",
    "Module",
    "ModuleDict",
    "ModuleList",
    "ParameterDict",
    "ParameterList",
    "RNNBase",
    "RNNCellBase",
    "Sequential",
    "Transformer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
}
# Methods that refer to another operation for more.
MERELY_RELATED = {"torch.Tensor.is_coalesced", "torch.Tensor.norm"}


def public_callables() -> Iterator[tuple[str, str, object]]:
    for path, namespace in NAMESPACES.items():
        for name in dir(namespace):
            if name.startswith("_"):
                continue
            thing = (
                inspect.getattr_static(namespace, name)
                if isinstance(namespace, type)
                else getattr(namespace, name)
            )
            if callable(thing) and not isinstance(thing, type):
                yield path, name, thing


def documented_as_the_same() -> Iterator[tuple[str, str, str]]:
    """(where, the name that is an alias, what torch's documentation says it is)."""
    for path, name, thing in public_callables():
        text = getattr(thing, "__doc__", None)
        if not isinstance(text, str) or f"{path}.{name}" in MERELY_RELATED:
            continue
        for pattern in (ALIAS, SEE) if path == "torch.Tensor" else (ALIAS,):
            for found in pattern.finditer(text):
                yield path, name, found[1]


def meant(target: str) -> str:
    home, _, name = target.rpartition(".")
    return canonical(base_name(PREFIXES.get(home, "") + name))


@pytest.mark.parametrize(
    ("path", "name", "target"),
    [pytest.param(*each, id=f"{each[0]}.{each[1]}") for each in documented_as_the_same()],
)
def test_what_torch_documents_as_an_alias_is_the_same_operation(
    path: str, name: str, target: str
) -> None:
    thing = (
        inspect.getattr_static(NAMESPACES[path], name)
        if path == "torch.Tensor"
        else getattr(NAMESPACES[path], name)
    )

    assert key_of(thing) == meant(target)


def test_torch_documents_enough_aliases_for_the_walk_to_mean_something() -> None:
    assert len(list(documented_as_the_same())) > 300


def test_every_module_of_torch_nn_is_an_operation_or_known_to_be_none() -> None:
    known = {name for names in _table.MODULES.values() for name in names} | NO_OPERATION
    modules = {
        name
        for name, thing in vars(torch.nn).items()
        if isinstance(thing, type) and issubclass(thing, torch.nn.Module)
    }

    assert modules - known == set()


def test_every_function_of_torch_nn_functional_with_a_module_has_it_in_the_table() -> None:
    without = []
    for key, names in _table.MODULES.items():
        if any(hasattr(torch.nn, name) for name in names):
            function = getattr(torch.nn.functional, key, None) or getattr(torch, key, None)
            if function is None:
                without.append(key)

    assert without == []


def test_no_name_stands_for_two_operations() -> None:
    names = [name for same in _table.SAME for name in same]

    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("same", _table.SAME, ids=lambda same: same[0])
def test_each_line_of_the_table_is_one_operation_whichever_name_is_asked_for(
    same: tuple[str, ...],
) -> None:
    public = [
        f"{path}.{name}"
        for path, name, thing in public_callables()
        if key_of(thing) == same[0] and not name.endswith("_")
    ]

    for path in public:
        (operation,) = operations((path,))
        assert set(same) <= operation.keys
