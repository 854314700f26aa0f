"""An instance gets a class of its own, made on the spot."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["add_bias", "count_applied", "init_weights", "linearize", "show_names"]


def _affine(self: Any, x: Tensor) -> Tensor:
    return torch.einsum("...i,oi->...o", x, self.W) + self.b


def _titled(self: Any) -> str:
    return f"name={self.name}"


def _specialise(module: nn.Module, **methods: Any) -> None:
    kind = type(module)
    if any(vars(kind).get(name) is not method for name, method in methods.items()):
        module.__class__ = type(kind.__name__, (kind,), methods)


def add_bias(module: nn.Module) -> None:
    """Give a `Function_*` module a bias, unless it has one.

    Args:
        module: any module; one whose class name does not start with `Function_` stays as it is.
            A `Function_*` module has a parameter W of shape (out, in); it gets a parameter b of
            shape (out,), random, on W's device and in its dtype.
    """
    if not type(module).__name__.startswith("Function_"):
        return
    parameters = dict(module.named_parameters(recurse=False))
    if "b" not in parameters:
        bias = nn.Parameter(torch.empty_like(parameters["W"][:, 0], requires_grad=True))
        nn.init.uniform_(bias, -1, 1)
        module.register_parameter("b", bias)


def init_weights(module: nn.Module) -> None:
    """Fill W and b of a `Function_*` module with ones.

    In place: the `Parameter` objects and their memory stay, and no graph is recorded.

    Args:
        module: any module; one whose class name does not start with `Function_` stays as it is.
            A `Function_*` module has parameters W, (out, in), and b, (out,).
    """
    if type(module).__name__.startswith("Function_"):
        for name in ("W", "b"):
            module.get_parameter(name).data.fill_(1)


def linearize(module: nn.Module) -> None:
    """Make the forward of a `Function_*` module x @ W.T + b, for this instance alone.

    Its class, and other instances of it, stay as they are. W and b are read in each call, hooks
    still run, and a deep copy computes with its own W and b.

    Args:
        module: any module; one whose class name does not start with `Function_` stays as it is.
            A `Function_*` module has parameters W, (out, in), and b, (out,); then its forward
            takes x, (..., in), and returns (..., out).
    """
    if type(module).__name__.startswith("Function_"):
        _specialise(module, forward=_affine)


def show_names(module: nn.Module) -> None:
    """Make the repr of a `Function_*` module show `name=<its name>`, for this instance alone.

    Args:
        module: any module; one whose class name does not start with `Function_` stays as it is.
            A `Function_*` module has an attribute `name`, a str.
    """
    if type(module).__name__.startswith("Function_"):
        _specialise(module, extra_repr=_titled)


def count_applied(model: nn.Module, fn: Callable[[nn.Module], object]) -> list[str]:
    """Apply `fn` to every module of `model` exactly once, children before parents.

    Args:
        model: the root of a tree of modules; a module may be in it under several names.
        fn: called with each module; what it returns does not matter.

    Returns:
        The qualified names in the order visited, "" for `model` itself: one for each module,
        any of its names where it has several.
    """
    order: list[tuple[str, nn.Module]] = []
    done: set[int] = set()
    stack: list[tuple[str, nn.Module, bool]] = [("", model, False)]
    while stack:
        name, module, opened = stack.pop()
        if opened:
            fn(module)
            order.append((name, module))
        elif id(module) not in done:
            done.add(id(module))
            stack.append((name, module, True))
            for part, child in module._modules.items():
                if child is not None:
                    stack.append((".".join(filter(None, [name, part])), child, False))
    return [name for name, _ in order]
