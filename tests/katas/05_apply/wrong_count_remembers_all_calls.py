"""Keeps what it has seen for the next call."""

from collections.abc import Callable

from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_children_come_before_parents"}
SEEN: set[nn.Module] = set()


def count_applied(model: nn.Module, fn: Callable[[nn.Module], object]) -> list[str]:
    names: list[str] = []

    def visit(module: nn.Module, name: str) -> None:
        if module in SEEN:
            return
        SEEN.add(module)
        for part, child in module.named_children():
            visit(child, f"{name}.{part}" if name else part)
        fn(module)
        names.append(name)

    visit(model, "")
    return names
