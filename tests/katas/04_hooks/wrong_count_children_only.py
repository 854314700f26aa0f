"""Counts the direct children, not what is inside them."""

from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_each_forward_is_counted"}


def count_calls(module: nn.Module):
    counts = {"": 0} | {name: 0 for name, _ in module.named_children()}
    handles = []

    def make(name):
        def hook(*_):
            counts[name] += 1

        return hook

    handles.append(module.register_forward_hook(make("")))
    for name, each in module.named_children():
        handles.append(each.register_forward_hook(make(name)))

    def remove():
        for handle in handles:
            handle.remove()

    return counts, remove
