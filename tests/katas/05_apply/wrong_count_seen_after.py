"""Marks what it has seen, but looks only among siblings."""

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_shared_modules_come_once"}


def count_applied(model, fn):
    names = []

    def visit(module, name):
        seen = set()
        for part, child in module.named_children():
            if child not in seen:
                seen.add(child)
                visit(child, f"{name}.{part}" if name else part)
        fn(module)
        names.append(name)

    visit(model, "")
    return names
