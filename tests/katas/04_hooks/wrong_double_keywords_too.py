"""Doubles keyword inputs, too."""

from torch import Tensor, nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_positional_tensors_are_doubled"}


def double_inputs(module: nn.Module):
    def hook(_, inputs, named):
        return (
            tuple(2 * x if isinstance(x, Tensor) else x for x in inputs),
            {k: 2 * x if isinstance(x, Tensor) else x for k, x in named.items()},
        )

    return module.register_forward_pre_hook(hook, with_kwargs=True)
