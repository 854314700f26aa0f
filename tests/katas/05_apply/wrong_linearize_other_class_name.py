"""Gives the instance a class of its own under another name."""

from torch import Tensor, nn

from .solution import add_bias, count_applied, init_weights, show_names

__all__ = ["add_bias", "count_applied", "init_weights", "linearize", "show_names"]
CAUGHT_BY = {"test_forward_becomes_linear"}


def _forward(self: nn.Module, x: Tensor) -> Tensor:
    return x @ self.W.T + self.b


def linearize(module: nn.Module) -> None:
    if type(module).__name__.startswith("Function_"):
        module.__class__ = type("Linearized", (type(module),), {"forward": _forward})
