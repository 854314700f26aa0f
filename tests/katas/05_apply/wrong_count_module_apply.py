"""Leaves it to Module.apply."""

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_children_come_before_parents"}


def count_applied(model, fn):
    names = {m: n for n, m in [("", model), *model.named_children()]}
    order = []

    def once(module):
        if module not in order:
            fn(module)
            order.append(module)

    model.apply(once)
    return [names.get(module, "") for module in order]
