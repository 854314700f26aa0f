"""A hook on all modules of torch, never taken off."""

from torch import nn
from torch.nn.modules.module import register_module_forward_hook

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_counting_leaves_no_trace"}


def count_calls(module: nn.Module):
    counts = {name: 0 for name, _ in module.named_modules()}
    handles = []

    names = {id(each): name for name, each in module.named_modules()}

    def everywhere(owner, *_):
        if id(owner) in names:
            counts[names[id(owner)]] += 1

    register_module_forward_hook(everywhere)

    def remove():
        for handle in handles:
            handle.remove()

    return counts, remove
