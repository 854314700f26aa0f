"""Goes two levels deep."""

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_children_come_before_parents"}


def count_applied(model, fn):
    names = []
    seen = set()
    for name, child in model.named_children():
        for part, deep in child.named_children():
            if deep not in seen:
                seen.add(deep)
                fn(deep)
                names.append(f"{name}.{part}")
        if child not in seen:
            seen.add(child)
            fn(child)
            names.append(name)
    fn(model)
    return [*names, ""]
