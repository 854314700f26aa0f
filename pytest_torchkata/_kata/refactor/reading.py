"""What reading the learner's file shows: public names without docstring or type hints."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from . import Suggestion


def suggest(path: Path) -> list[Suggestion]:
    """Suggestions on the file `path`; none where it is no Python."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return []
    return list(_of(tree.body, ""))


def _of(body: list[ast.stmt], prefix: str) -> Iterator[Suggestion]:
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            if not ast.get_docstring(node):
                yield Suggestion("docstring", f"{prefix}{node.name} has no docstring", node.lineno)
            yield from _of(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.FunctionDef):
            name = f"{prefix}{node.name}"
            if not node.name.startswith("_") and not ast.get_docstring(node):
                yield Suggestion("docstring", f"{name} has no docstring", node.lineno)
            bare = list(_without_hint(node, method=bool(prefix)))
            if bare:
                text = f"{name} has no type hint for {', '.join(bare)}"
                yield Suggestion("hints", text, node.lineno)


def _without_hint(node: ast.FunctionDef, *, method: bool) -> Iterator[str]:
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
    for place, argument in enumerate(every):
        if argument.annotation is None and not (method and place == 0):
            yield argument.arg
    if node.returns is None:
        yield "what it returns"
