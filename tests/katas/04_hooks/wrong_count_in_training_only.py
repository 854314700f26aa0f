"""Counts in training mode alone."""

from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_each_forward_is_counted"}


def count_calls(module: nn.Module):
    counts, handles = {}, []

    def counter(name):
        def hook(submodule, inputs, output):
            counts[name] += submodule.training

        return hook

    for name, submodule in module.named_modules():
        counts[name] = 0
        handles.append(submodule.register_forward_hook(counter(name)))
    return counts, lambda: [handle.remove() for handle in handles]
