"""The steps of a kata: the tests of its file, in the order they are written."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Step:
    """One test, which states one property."""

    number: int
    name: str
    claim: str  # the property, in the words of the test's docstring


def read(tests: Path) -> tuple[Step, ...]:
    """The steps of the file `tests`, read without running it."""
    tree = ast.parse(tests.read_text(encoding="utf-8"))
    functions = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    return tuple(
        Step(number, node.name, " ".join((ast.get_docstring(node) or node.name).split()))
        for number, node in enumerate(functions, start=1)
    )
