"""functools.partial binds the module; a decorator holds the test of the class name."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["add_bias", "count_applied", "init_weights", "linearize", "show_names"]


def _on_functions(change: Callable[[Any], object]) -> Callable[[nn.Module], None]:
    @wraps(change)
    def changed(module: nn.Module) -> None:
        if module.__class__.__name__[:9] == "Function_":
            change(module)

    return changed


def _bias(module: Any) -> None:
    if getattr(module, "b", None) is None:
        rows = module.W.size(0)
        module.b = nn.Parameter(torch.rand(rows).to(module.W) * 2 - 1)


@torch.no_grad()
def _ones(module: Any) -> None:
    module.W.fill_(1.0)
    module.b.copy_(torch.ones_like(module.b))


def _forward(module: Any, x: Tensor) -> Tensor:
    return F.linear(x, module.W, module.b)


def add_bias(module: nn.Module) -> None:
    """Give a `Function_*` module a bias, unless it has one.

    Args:
        module: any module; one whose class name does not start with `Function_` stays as it is.
            A `Function_*` module has a parameter W of shape (out, in); it gets a parameter b of
            shape (out,), random, on W's device and in its dtype.
    """
    _on_functions(_bias)(module)


def init_weights(module: nn.Module) -> None:
    """Fill W and b of a `Function_*` module with ones.

    In place: the `Parameter` objects and their memory stay, and no graph is recorded.

    Args:
        module: any module; one whose class name does not start with `Function_` stays as it is.
            A `Function_*` module has parameters W, (out, in), and b, (out,).
    """
    _on_functions(_ones)(module)


def linearize(module: nn.Module) -> None:
    """Make the forward of a `Function_*` module x @ W.T + b, for this instance alone.

    Its class, and other instances of it, stay as they are. W and b are read in each call, hooks
    still run, and a deep copy computes with its own W and b.

    Args:
        module: any module; one whose class name does not start with `Function_` stays as it is.
            A `Function_*` module has parameters W, (out, in), and b, (out,); then its forward
            takes x, (..., in), and returns (..., out).
    """
    _on_functions(lambda it: setattr(it, "forward", partial(_forward, it)))(module)


def show_names(module: nn.Module) -> None:
    """Make the repr of a `Function_*` module show `name=<its name>`, for this instance alone.

    Args:
        module: any module; one whose class name does not start with `Function_` stays as it is.
            A `Function_*` module has an attribute `name`, a str.
    """
    _on_functions(lambda it: setattr(it, "extra_repr", partial("name={0.name}".format, it)))(module)


def count_applied(model: nn.Module, fn: Callable[[nn.Module], object]) -> list[str]:
    """Apply `fn` to every module of `model` exactly once, children before parents.

    Args:
        model: the root of a tree of modules; a module may be in it under several names.
        fn: called with each module; what it returns does not matter.

    Returns:
        The qualified names in the order visited, "" for `model` itself: one for each module,
        any of its names where it has several.
    """
    found: dict[nn.Module, str] = {}

    def walk(module: nn.Module, path: tuple[str, ...]) -> None:
        for part, child in module.named_children():
            if child not in found:
                walk(child, (*path, part))
        fn(module)
        found[module] = ".".join(path)

    walk(model, ())
    return list(found.values())
