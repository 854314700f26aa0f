"""Walks through named_modules, reversed."""

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_children_come_before_parents"}


def count_applied(model, fn):
    found = list(model.named_modules())[::-1]
    for _, module in found:
        fn(module)
    return [name for name, _ in found]
