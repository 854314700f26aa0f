"""A module with two names gets two hooks that count under one name."""

from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_counting_leaves_no_trace"}


def count_calls(module: nn.Module):
    counts = {name: 0 for name, _ in module.named_modules()}
    handles = []

    def make(name):
        def hook(*_):
            counts[name] += 1

        return hook

    seen = {}
    for name, each in module.named_modules(remove_duplicate=False):
        handles.append(each.register_forward_hook(make(seen.setdefault(each, name))))

    def remove():
        for handle in handles:
            handle.remove()

    return counts, remove
