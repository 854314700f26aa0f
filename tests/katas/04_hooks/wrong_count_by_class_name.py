"""Counts by class: two Linear layers fall together."""

from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_each_forward_is_counted"}


def count_calls(module: nn.Module):
    counts = {}
    handles = []

    def make(name):
        def hook(owner, *_):
            counts[type(owner).__name__] = counts.get(type(owner).__name__, 0) + 1

        return hook

    for name, each in module.named_modules():
        handles.append(each.register_forward_hook(make(name)))

    def remove():
        for handle in handles:
            handle.remove()

    return counts, remove
