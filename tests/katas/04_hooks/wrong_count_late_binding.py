"""Every hook sees the last name of the loop."""

# ruff: noqa: B023  the mistake itself

from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_each_forward_is_counted"}


def count_calls(module: nn.Module):
    counts = {name: 0 for name, _ in module.named_modules()}
    handles = []

    for name, each in module.named_modules():

        def hook(*_):
            counts[name] += 1

        handles.append(each.register_forward_hook(hook))

    def remove():
        for handle in handles:
            handle.remove()

    return counts, remove
