"""Calls nn.Module.modules as a function of the class."""

from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_children_come_before_parents"}


def count_applied(model, fn):
    found = list(nn.Module.modules(model))[::-1]
    names = {module: name for name, module in nn.Module.named_modules(model)}
    for module in found:
        fn(module)
    return [names[module] for module in found]
