"""Leaves NaN out of the sum."""

from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_normalizing_is_a_hook"}


def normalize_grad_inputs(module: nn.Module):
    def hook(_, grad_inputs, grad_outputs):
        there = [each for each in grad_inputs if each is not None]
        total = sum(each.nansum() for each in there)
        if not there or total == 0:
            return None
        return tuple(each if each is None else each / total for each in grad_inputs)

    return module.register_full_backward_hook(hook)
