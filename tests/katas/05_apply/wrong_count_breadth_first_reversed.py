"""Breadth first, reversed: a shared module may come too late."""

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_shared_modules_come_once"}


def count_applied(model, fn):
    order, queue, seen = [], [(model, "")], {model}
    while queue:
        module, name = queue.pop(0)
        order.append((module, name))
        for part, child in module.named_children():
            if child not in seen:
                seen.add(child)
                queue.append((child, f"{name}.{part}".strip(".")))
    for module, _ in order[::-1]:
        fn(module)
    return [name for _, name in order[::-1]]
