"""Calls fn once, but names a shared module twice."""

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_shared_modules_come_once"}


def count_applied(model, fn):
    names, seen = [], set()

    def visit(module, name):
        if module in seen:
            names.append(name)
            return
        seen.add(module)
        for part, child in module.named_children():
            visit(child, f"{name}.{part}" if name else part)
        fn(module)
        names.append(name)

    visit(model, "")
    return names
