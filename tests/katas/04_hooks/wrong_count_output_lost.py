"""The hook returns a detached output."""

from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_counting_leaves_no_trace"}


def count_calls(module: nn.Module):
    counts = {name: 0 for name, _ in module.named_modules()}
    handles = []

    def make(name):
        def hook(_, __, output):
            counts[name] += 1
            return output.detach()

        return hook

    for name, each in module.named_modules():
        handles.append(each.register_forward_hook(make(name)))

    def remove():
        for handle in handles:
            handle.remove()

    return counts, remove
