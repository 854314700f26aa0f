"""Computes in float32."""

from types import MethodType

from torch import Tensor, nn

from .solution import add_bias, count_applied, init_weights, show_names

__all__ = ["add_bias", "count_applied", "init_weights", "linearize", "show_names"]
CAUGHT_BY = {"test_forward_becomes_linear"}


def _forward(self: nn.Module, x: Tensor) -> Tensor:
    return (x.float() @ self.W.float().T + self.b.float()).to(x.dtype)


def linearize(module: nn.Module) -> None:
    if type(module).__name__.startswith("Function_"):
        module.forward = MethodType(_forward, module)
