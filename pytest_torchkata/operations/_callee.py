"""What a line of code calls, read from its source at the instruction that is running."""

from __future__ import annotations

import ast
import functools
import importlib.util
import inspect
import itertools
import linecache
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, FrameType, ModuleType

import torch

_OPERATORS: dict[type, str] = {
    ast.Add: "add",
    ast.BitAnd: "and",
    ast.BitOr: "or",
    ast.BitXor: "xor",
    ast.Div: "truediv",
    ast.FloorDiv: "floordiv",
    ast.MatMult: "matmul",
    ast.Mod: "mod",
    ast.Mult: "mul",
    ast.Pow: "pow",
    ast.Sub: "sub",
    ast.Invert: "invert",
    ast.USub: "neg",
}
_MISSING = object()


@dataclass(frozen=True)
class Reference:
    """An expression that stands for a callable, and where its value was taken from.

    Attributes:
        raw: what it stands for.
        value: the same, freed of `functools.partial` and other wrappers.
        holder: the module, class or object that holds it; None for a local variable.
        name: under which name.
    """

    value: object
    holder: object
    name: str
    raw: object


def operator_at(frame: FrameType) -> str | None:
    """The name of the operator that the frame is applying ("matmul"), None if it is a call."""
    node = _node(frame.f_code, frame.f_lasti)
    if isinstance(node, (ast.BinOp, ast.AugAssign, ast.UnaryOp)):
        return _OPERATORS.get(type(node.op))
    return None


def called_at(frame: FrameType) -> object | None:
    """The callable that the frame is calling, None if its source does not tell."""
    node = _node(frame.f_code, frame.f_lasti)
    if not isinstance(node, ast.Call):
        return None
    reference = _reference(node.func, frame)
    return None if reference is None else reference.value


def references(frame: FrameType) -> Iterator[Reference]:
    """The callables that the call which the frame is making names, as function or argument."""
    node = _node(frame.f_code, frame.f_lasti)
    if not isinstance(node, ast.Call):
        return  # an operator or a subscript calls too, but then on a tensor, not on a name
    for part in ast.walk(node):
        if isinstance(part, (ast.Name, ast.Attribute, ast.Subscript, ast.Call)):
            reference = _reference(part, frame)
            if reference is not None and callable(reference.value):
                yield reference


def passes_on(frame: FrameType) -> str | None:
    """The variable, if the frame is calling something that it was handed: `func(*args)`."""
    node = _node(frame.f_code, frame.f_lasti)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id if node.func.id in frame.f_locals else None
    return None


@functools.lru_cache(maxsize=4096)
def _node(code: CodeType, at: int) -> ast.AST | None:
    """The expression, or augmented assignment, that an instruction belongs to."""
    span = next(itertools.islice(code.co_positions(), at // 2, None), (None,) * 4)
    first, last, start, end = span
    if first is None or last is None or start is None or end is None:
        return None
    # Columns count bytes of UTF-8.
    lines = [line.encode() for line in linecache.getlines(code.co_filename)[first - 1 : last]]
    if len(lines) != last - first + 1:
        return None
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][start:]
    text = b"".join(lines).decode(errors="replace")
    for attempt in (f"({text}\n)", text):
        try:
            statement = ast.parse(attempt).body[0]
        except (SyntaxError, ValueError, IndexError):
            continue
        return statement.value if isinstance(statement, ast.Expr) else statement
    return None


@functools.lru_cache(maxsize=256)
def _tree(filename: str) -> ast.Module | None:
    try:
        return ast.parse("".join(linecache.getlines(filename)))
    except (SyntaxError, ValueError):
        return None


def _reference(node: ast.expr, frame: FrameType) -> Reference | None:
    if isinstance(node, ast.Name):
        if node.id in frame.f_locals and frame.f_locals is not frame.f_globals:
            return _referring(frame.f_locals[node.id], None, node.id)
        value = frame.f_globals.get(node.id, _MISSING)
        if value is _MISSING:
            return None
        module, name = _imported(node.id, frame)
        return _referring(value, module, name)
    found = _looked_up(node, frame)
    if found is not None:
        return found
    if isinstance(node, ast.Attribute):
        base = _reference(node.value, frame)
        if base is None:
            return None
        value = _attribute(base.value, node.attr)
        if value is _MISSING:
            return None
        return _referring(value, base.value, node.attr)
    return None


def _referring(raw: object, holder: object, name: str) -> Reference:
    return Reference(unwrapped(raw), holder, name, raw)


def _looked_up(node: ast.expr, frame: FrameType) -> Reference | None:
    """What `getattr(owner, name)` or `owner[key]` stands for, where both are plain."""
    if isinstance(node, ast.Subscript):
        owner, key = _reference(node.value, frame), _plain(node.slice, frame)
        if owner is None or key is None or not isinstance(owner.value, (dict, list, tuple)):
            return None
        try:
            return _referring(owner.value[key], owner.holder, owner.name)  # type: ignore[call-overload]  # any key may be tried
        except (KeyError, IndexError, TypeError):
            return None
    if not (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "getattr"
        and len(node.args) >= 2
    ):
        return None
    owner, name = _reference(node.args[0], frame), _plain(node.args[1], frame)
    if owner is None or not isinstance(name, str):
        return None
    value = _attribute(owner.value, name)
    return None if value is _MISSING else _referring(value, owner.value, name)


def _plain(node: ast.expr, frame: FrameType) -> object:
    """The value of a constant or a name, None for anything else."""
    if isinstance(node, ast.Constant):
        return node.value
    found = _reference(node, frame) if isinstance(node, ast.Name) else None
    return None if found is None else found.value


def _attribute(owner: object, name: str) -> object:
    """An attribute, without running code of anyone's."""
    if isinstance(owner, ModuleType):
        return getattr(owner, name, _MISSING)
    if isinstance(owner, torch.Tensor):
        owner = torch.Tensor
    try:
        found = inspect.getattr_static(owner, name)
    except AttributeError:
        submodules = getattr(owner, "_modules", None)  # of an nn.Module
        return submodules.get(name, _MISSING) if isinstance(submodules, dict) else _MISSING
    return found


def unwrapped(value: object) -> object:
    """The callable inside a partial, a static method, a wrapper of `functools` or of dynamo."""
    for _ in range(20):  # wrappers can be nested, and could be circular
        inner = _MISSING
        if isinstance(value, functools.partial):
            inner = value.func
        elif isinstance(value, (staticmethod, classmethod)):
            inner = value.__func__
        elif callable(value) and not isinstance(value, (type, torch.Tensor)):
            inside = getattr(value, "__dict__", {})
            inner = inside.get("_torchdynamo_orig_callable", inside.get("__wrapped__", _MISSING))
        if inner is _MISSING:
            break
        value = inner
    return value


def _imported(name: str, frame: FrameType) -> tuple[object, str]:
    """The module from which a frame's module imported a name, and the name it has there."""
    package = frame.f_globals.get("__package__") or ""
    named, starred = _imports(frame.f_code.co_filename, package)
    if name in named:
        path, original = named[name]
        return sys.modules.get(path), original
    for path in starred:
        module = sys.modules.get(path)
        if module is not None and hasattr(module, name):
            return module, name
    return None, name


@functools.lru_cache(maxsize=256)
def _imports(filename: str, package: str) -> tuple[dict[str, tuple[str, str]], tuple[str, ...]]:
    """What a file imports by name: the module and the name there; and the modules it stars."""
    named: dict[str, tuple[str, str]] = {}
    starred: list[str] = []
    tree = _tree(filename)
    for node in ast.walk(tree) if tree is not None else ():
        if not isinstance(node, ast.ImportFrom):
            continue
        try:
            path = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
        except ImportError:
            continue
        for alias in node.names:
            if alias.name == "*":
                starred.append(path)
            else:
                named[alias.asname or alias.name] = (path, alias.name)
    return named, tuple(starred)


def binding_line(module: ModuleType, name: str) -> int:
    """The line on which a module binds a name at its top level or in a class, else 1."""
    tree = _tree(getattr(module, "__file__", None) or "")
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            bound = [alias.asname or alias.name for alias in node.names]
        elif isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            bound = [node.name]
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound = [node.id]
        else:
            continue
        if name in bound:
            return node.lineno
    return 1
