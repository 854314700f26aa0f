"""Keeps every detached output beside the count."""

from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_counting_leaves_no_trace"}


def count_calls(module: nn.Module):
    counts = {name: 0 for name, _ in module.named_modules()}
    handles = []

    kept = []

    def make(name):
        def hook(_, __, output):
            kept.append(output.detach())
            counts[name] += 1

        return hook

    for name, each in module.named_modules():
        handles.append(each.register_forward_hook(make(name)))

    def remove():
        for handle in handles:
            handle.remove()

    return counts, remove
