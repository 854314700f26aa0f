"""Leaves forward as it is and replaces the output by a hook."""

from torch import nn

from .solution import add_bias, count_applied, init_weights, show_names

__all__ = ["add_bias", "count_applied", "init_weights", "linearize", "show_names"]
CAUGHT_BY = {"test_forward_becomes_linear"}


def linearize(module: nn.Module) -> None:
    if type(module).__name__.startswith("Function_") and not hasattr(module, "_linear"):
        module._linear = module.register_forward_hook(lambda m, x, y: x[0] @ m.W.T + m.b)
