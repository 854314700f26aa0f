"""What a name or a callable stands for: the keys of the operations it means."""

from __future__ import annotations

import difflib
import importlib
import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from types import FunctionType, ModuleType

import torch

from ._table import GROUPS, MODULES, RUN_BY, SAME

# Where one operation appears under one name.
_HOMES = ("torch", "torch.Tensor", "torch.nn.functional", "torch.functional", "torch.special")
# Torch's own reimplementations in Python, where somebody has imported them.
_REFERENCES = (
    "torch._refs",
    "torch._refs.special",
    "torch._refs.nn.functional",
    "torch._decomp.decompositions",
    "torch.masked",
)
# Functions that are defined in these modules are operations on tensors, known by their name alone.
_TENSOR_MODULES = frozenset(
    {"torch", "torch.functional", "torch.nn.functional", "torch._tensor", "torch._jit_internal"}
)
_CANONICAL = {name: names[0] for names in SAME for name in names}
_FAMILY = {names[0]: frozenset(names) for names in SAME}
_OPERATION_OF_MODULE = {f"torch.nn.{name}": key for key, names in MODULES.items() for name in names}


@dataclass(frozen=True)
class Operation:
    """One thing to watch for, under all its names.

    Attributes:
        name: as it was asked for.
        keys: every key (see `_table`) that means it.
        functions: functions written in Python that are it.
        classes: classes whose construction, or forward, is it.
    """

    name: str
    keys: frozenset[str]
    functions: tuple[FunctionType, ...] = field(repr=False)
    classes: tuple[type, ...] = field(repr=False)


def base_name(name: str) -> str:
    """The operation's own name, without the marks of its variants.

    In place (`sigmoid_`), for lists (`_foreach_sigmoid`), private (`_softmax`), copying
    (`diagonal_copy`), operators (`__matmul__`).
    """
    if name.startswith("__") and name.endswith("__"):
        return name[2:-2]
    name = name.removeprefix("_foreach_").strip("_")
    return name.removesuffix("_copy")


def key_of(thing: object) -> str:
    """The key of a callable: what it is called where it comes from, without its variants."""
    schema = getattr(thing, "_schema", None)
    if schema is not None:  # torch.ops.aten.sigmoid.default
        return canonical(base_name(str(schema.name).rpartition("::")[2]))
    name = str(getattr(thing, "__name__", ""))
    if name in ("__get__", "__set__", "__delete__"):  # a property of Tensor
        return canonical(f".{getattr(getattr(thing, '__self__', None), '__name__', '')}")
    if inspect.isgetsetdescriptor(thing) or isinstance(thing, property):
        return canonical(f".{name or getattr(getattr(thing, 'fget', None), '__name__', '')}")
    module = getattr(thing, "__module__", None) or "torch"
    if isinstance(thing, type):
        return f"{module}.{thing.__qualname__}"
    if isinstance(thing, FunctionType) and module not in _TENSOR_MODULES:
        return canonical(f"{module}.{thing.__qualname__}")
    return canonical(base_name(name))


def canonical(key: str) -> str:
    """The key that stands for all of them."""
    return _CANONICAL.get(key, key)


def shown(thing: object) -> str:
    """The name under which a callable is reached, to be printed."""
    schema = getattr(thing, "_schema", None)
    if schema is not None:
        return "torch.ops." + str(schema.name).replace("::", ".")
    qualified = getattr(thing, "_qualified_op_name", None)
    if isinstance(qualified, str):
        return "torch.ops." + qualified.replace("::", ".")
    name = str(getattr(thing, "__name__", thing))
    owner = getattr(thing, "__self__", None)
    if name in ("__get__", "__set__", "__delete__"):
        return f"torch.Tensor.{getattr(owner, '__name__', name)}"
    if getattr(thing, "__objclass__", None) is not None:
        return f"torch.Tensor.{name}"
    module = str(getattr(thing, "__module__", None) or "torch")
    qualname = str(getattr(thing, "__qualname__", name))
    if module == "torch._tensor":
        return f"torch.{qualname}"
    for private, prefix in (("special", "special_"), ("linalg", "linalg_"), ("fft", "fft_")):
        if module == f"torch._C._{private}":
            return f"torch.{private}.{name.removeprefix(prefix)}"
    if module in ("torch._C._nn", "torch.nn.functional"):
        public = getattr(torch.nn.functional, name, None)
        return f"torch.nn.functional.{name}" if public is thing else f"{module}.{name}"
    if isinstance(thing, type) and getattr(torch.nn, name, None) is thing:
        return f"torch.nn.{name}"
    if isinstance(thing, (FunctionType, type)) and module != "torch.functional":
        return f"{module}.{qualname}"
    return f"torch.{name}"


def operations(names: tuple[object, ...]) -> tuple[Operation, ...]:
    """What each of `names` means; ValueError for one that torch does not have."""
    return tuple(_operation(name) for name in names)


@cache
def _operation(name: object) -> Operation:
    text = name if isinstance(name, str) else shown(name)
    thing = _find(name) if isinstance(name, str) else name
    keys: set[str] = set()
    classes: list[type] = []
    functions: list[FunctionType] = []
    members = [_find(each) for each in GROUPS[text]] if text in GROUPS else [thing]
    for each in (each for member in members for each in _members(member)):
        if isinstance(each, type) and key_of(each) not in _class_keys():
            keys.add(key_of(each))
            classes.append(each)
            continue
        key = _class_keys()[key_of(each)] if isinstance(each, type) else key_of(each)
        keys |= _FAMILY.get(key, frozenset()) | {key}
        classes.extend(
            getattr(torch.nn, name) for name in MODULES.get(key, ()) if hasattr(torch.nn, name)
        )
        if isinstance(each, FunctionType):
            functions.append(each)
    functions.extend(_python_functions(frozenset(keys)))
    return Operation(
        text, frozenset(keys), tuple(dict.fromkeys(functions)), tuple(dict.fromkeys(classes))
    )


@cache
def _class_keys() -> dict[str, str]:
    """The operation that a class of `torch.nn` computes, by the key of the class."""
    return {
        key_of(getattr(torch.nn, path.rpartition(".")[2])): key
        for path, key in _OPERATION_OF_MODULE.items()
        if hasattr(torch.nn, path.rpartition(".")[2])
    }


def computes(cls: type) -> str | None:
    """The operation that a class of `torch.nn` computes, None for any other class."""
    return _class_keys().get(key_of(cls))


def _python_functions(keys: frozenset[str]) -> Iterator[FunctionType]:
    for key in keys:
        if "." in key[1:]:
            for path in (key, *RUN_BY.get(key, ())):
                found = _get(path)
                if isinstance(found, FunctionType):
                    yield found
            continue
        for home in _HOMES:
            for variant in (key, f"{key}_", f"_{key}", f"__{key}__"):
                found = getattr(_get(home), variant, None)
                if isinstance(found, FunctionType) and key_of(found) in keys:
                    yield found
        for home in _REFERENCES:
            found = getattr(sys.modules.get(home), key, None)
            if isinstance(found, FunctionType):
                yield found


def _members(thing: object) -> Iterator[object]:
    """The callables of a namespace, or the thing itself."""
    if not isinstance(thing, ModuleType):
        yield thing
        return
    for name in getattr(thing, "__all__", None) or [n for n in vars(thing) if n[0] != "_"]:
        member = getattr(thing, name, None)
        # A namespace such as torch.optim holds classes; what it merely imports is not its own.
        if callable(member) and (getattr(member, "__module__", None) or thing.__name__).startswith(
            ("torch",)
        ):
            yield member


@cache
def _find(name: str) -> object:
    path = name.strip().removesuffix("()")
    if path == "@":
        return torch.matmul
    for short, full in (("F.", "torch.nn.functional."), ("nn.", "torch.nn.")):
        if path.startswith(short):
            path = full + path.removeprefix(short)
    if path.startswith("Tensor."):
        path = "torch." + path
    tried = (
        [path]
        if path.startswith("torch")
        else [f"{home}.{path}" for home in (*_HOMES, "torch.linalg", "torch.nn")]
    )
    for candidate in tried:
        found = _get(candidate)
        if found is not None:
            return found
    owner = _get(path.rpartition(".")[0]) or torch
    close = difflib.get_close_matches(path.rpartition(".")[2], dir(owner), 3)
    meant = f" Did you mean {' or '.join(close)}?" if close else ""
    raise ValueError(f"torch has no operation {name!r}.{meant}")


def _get(path: str) -> object:
    """What a dotted path leads to, or None."""
    first, *rest = path.split(".")
    found: object = importlib.import_module(first) if first == "torch" else None
    walked = first
    for part in rest:
        walked += f".{part}"
        owner = found
        found = (
            inspect.getattr_static(owner, part, None)
            if isinstance(owner, type)
            else getattr(owner, part, None)
        )
        if isinstance(found, (staticmethod, classmethod)):
            found = found.__func__
        if found is None and isinstance(owner, ModuleType):
            try:
                found = importlib.import_module(walked)
            except ImportError:
                return None
    return found
