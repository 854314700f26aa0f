"""Replaces forward of the instance: it no longer runs."""

from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_the_output_is_replaced"}


def add_affine(module: nn.Module):
    module.forward = lambda x, *more: x @ module.W + module.b

    return module.register_forward_hook(lambda *_: None)
