"""Stops where fn returns something."""

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_children_come_before_parents"}


def count_applied(model, fn):
    names, seen = [], set()

    def visit(module, name):
        if module in seen:
            return
        seen.add(module)
        for part, child in module.named_children():
            visit(child, f"{name}.{part}" if name else part)
        if fn(module):
            return
        names.append(name)

    visit(model, "")
    return names
