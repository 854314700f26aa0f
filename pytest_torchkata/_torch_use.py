"""Whether a test can reach torch: by the names its module uses, and what those lead to.

Answers for the case that matters: a process in which torch is loaded runs tests that have nothing
to do with it. Where the answer is in doubt it is yes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FunctionType, ModuleType

# Neither reaches torch unless the test itself does, and walking through them is slow.
_TORCH_FREE = frozenset(sys.stdlib_module_names) | {
    "__mp_main__",
    "_hypothesis_pytestplugin",
    "_pytest",
    "hypothesis",
    "iniconfig",
    "numpy",
    "packaging",
    "pluggy",
    "pytest",
    "xdist",
}
# pytest_torchkata loads what computes only when it is used, so that its names must be enough.
_TORCH = frozenset({"torch", "functorch", "pytest_torchkata"})
_LARGEST = 2_000  # modules walked at most


class TorchUse:
    """Whether one test uses torch that was loaded before it; worked out when it is asked."""

    def __init__(self, test: object) -> None:
        """Ask about `test`, a pytest item."""
        self._test = test
        self._modules = 0
        self._reaches = False

    def __call__(self) -> bool:
        """Whether it does, as far as can be known by now; a yes stays a yes."""
        if not self._reaches and len(sys.modules) != self._modules:
            self._modules = len(sys.modules)
            module = getattr(self._test, "module", None)  # none: not a Python function
            arguments = getattr(self._test, "funcargs", {})
            self._reaches = module is None or reaches_torch(vars(module), arguments.values())
        return self._reaches


def reaches_torch(namespace: Mapping[str, object], values: Iterable[object] = ()) -> bool:
    """Whether code with these global names, or one of these values, leads to torch.

    Args:
        namespace: a module's `__dict__`.
        values: objects that the code is given (fixture values).

    Returns:
        True when torch, or a module that reaches it, is among the objects found there, among the
        modules that those come from, or among the names that their functions import. False only
        when all of that was walked.
    """
    seen: set[str] = set()
    todo = [*_modules_of(values), *_modules_in(namespace)]
    while todo:
        name = todo.pop()
        top = name.partition(".")[0]
        if top in _TORCH:
            return True
        if name in seen or top in _TORCH_FREE:
            continue
        seen.add(name)
        if len(seen) > _LARGEST:
            return True
        module = sys.modules.get(name)
        if module is not None:
            todo += _modules_in(vars(module))
    return False


def _modules_in(namespace: Mapping[str, object]) -> Iterator[str]:
    """Names of the modules that the objects and the code of a module come from."""
    package = str(namespace.get("__package__") or "")
    for value in list(namespace.values()):
        yield from _modules_of([value])
        yield from _imported_by(value, package)


def _modules_of(values: Iterable[object], depth: int = 2) -> Iterator[str]:
    for value in values:
        if isinstance(value, ModuleType):
            yield value.__name__
            continue
        if isinstance(value, type):
            yield from (base.__module__ for base in value.__mro__)
            continue
        if isinstance(value, Mapping) and depth:
            yield from _modules_of(list(value.values()), depth - 1)
        elif isinstance(value, (list, tuple, set, frozenset)) and depth:
            yield from _modules_of(list(value), depth - 1)
        yield type(value).__module__
        module = getattr(value, "__module__", None)  # of a function: where it was defined
        if isinstance(module, str):
            yield module


def _imported_by(value: object, package: str) -> Iterator[str]:
    """Names that imports inside a function or a class's methods may stand for."""
    for code in _codes(value):
        for name in code.co_names:
            yield from _loaded(name, package)
        for constant in code.co_consts:  # importlib.import_module("x"), pytest.importorskip("x")
            if isinstance(constant, str):
                yield from _loaded(constant, package)


def _loaded(name: str, package: str) -> Iterator[str]:
    if name in sys.modules:
        yield name
    if package and f"{package}.{name}" in sys.modules:  # from .name import ...
        yield f"{package}.{name}"


def _codes(value: object) -> Iterator[CodeType]:
    """The code of a function or of a class's methods, what they wrap and nest included."""
    members = list(vars(value).values()) if isinstance(value, type) else [value]
    for member in members:
        function = getattr(member, "__func__", member)  # static and class methods
        inner = getattr(getattr(function, "hypothesis", None), "inner_test", None)  # @given
        for candidate in (function, inner, getattr(function, "__wrapped__", None)):
            if isinstance(candidate, FunctionType):
                yield from _nested(candidate.__code__)


def _nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _nested(constant)
