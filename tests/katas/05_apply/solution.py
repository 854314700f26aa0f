"""Each function as the lesson states it."""

from collections.abc import Callable
from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["add_bias", "count_applied", "init_weights", "linearize", "show_names"]


def add_bias(module: nn.Module) -> None:
    """Give a `Function_*` module a bias, unless it has one.

    Args:
        module: any module; one whose class name does not start with `Function_` stays as it is.
            A `Function_*` module has a parameter W of shape (out, in); it gets a parameter b of
            shape (out,), random, on W's device and in its dtype.
    """
    if _is_function(module) and not hasattr(module, "b"):
        weight: Any = module.W
        module.b = nn.Parameter(
            torch.randn(weight.shape[0], dtype=weight.dtype, device=weight.device)
        )


def init_weights(module: nn.Module) -> None:
    """Fill W and b of a `Function_*` module with ones.

    In place: the `Parameter` objects and their memory stay, and no graph is recorded.

    Args:
        module: any module; one whose class name does not start with `Function_` stays as it is.
            A `Function_*` module has parameters W, (out, in), and b, (out,).
    """
    if _is_function(module):
        with torch.no_grad():
            for parameter in (module.W, module.b):
                nn.init.ones_(parameter)  # pyright: ignore[reportArgumentType]  parameters both


def linearize(module: nn.Module) -> None:
    """Make the forward of a `Function_*` module x @ W.T + b, for this instance alone.

    Its class, and other instances of it, stay as they are. W and b are read in each call, hooks
    still run, and a deep copy computes with its own W and b.

    Args:
        module: any module; one whose class name does not start with `Function_` stays as it is.
            A `Function_*` module has parameters W, (out, in), and b, (out,); then its forward
            takes x, (..., in), and returns (..., out).
    """
    if _is_function(module):
        module.forward = MethodType(_linear, module)


def show_names(module: nn.Module) -> None:
    """Make the repr of a `Function_*` module show `name=<its name>`, for this instance alone.

    Args:
        module: any module; one whose class name does not start with `Function_` stays as it is.
            A `Function_*` module has an attribute `name`, a str.
    """
    if _is_function(module):
        module.extra_repr = MethodType(_name, module)


def count_applied(model: nn.Module, fn: Callable[[nn.Module], object]) -> list[str]:
    """Apply `fn` to every module of `model` exactly once, children before parents.

    Args:
        model: the root of a tree of modules; a module may be in it under several names.
        fn: called with each module; what it returns does not matter.

    Returns:
        The qualified names in the order visited, "" for `model` itself: one for each module,
        any of its names where it has several.
    """
    names: list[str] = []
    seen: set[nn.Module] = set()

    def visit(module: nn.Module, name: str) -> None:
        if module in seen:
            return
        seen.add(module)
        for part, child in module.named_children():
            visit(child, f"{name}.{part}" if name else part)
        fn(module)
        names.append(name)

    visit(model, "")
    return names


def _is_function(module: nn.Module) -> bool:
    return type(module).__name__.startswith("Function_")


def _linear(self: Any, x: Tensor) -> Tensor:
    return x @ self.W.T + self.b


def _name(self: Any) -> str:
    return f"name={self.name}"
