"""Kata 05: change every module of a tree. Replace each NotImplementedError."""

from collections.abc import Callable

from torch import nn

__all__ = ["add_bias", "count_applied", "init_weights", "linearize", "show_names"]


def add_bias(module: nn.Module) -> None:
    """Give a `Function_*` module a bias, unless it has one.

    Args:
        module: any module; one whose class name does not start with `Function_` stays as it is.
            A `Function_*` module has a parameter W of shape (out, in); it gets a parameter b of
            shape (out,), random, on W's device and in its dtype.
    """
    raise NotImplementedError("Is it a module of that kind? Has it a bias already? Then make one.")


def init_weights(module: nn.Module) -> None:
    """Fill W and b of a `Function_*` module with ones.

    In place: the `Parameter` objects and their memory stay, and no graph is recorded.

    Args:
        module: any module; one whose class name does not start with `Function_` stays as it is.
            A `Function_*` module has parameters W, (out, in), and b, (out,).
    """
    raise NotImplementedError("Which call fills a parameter in place, and records nothing?")


def linearize(module: nn.Module) -> None:
    """Make the forward of a `Function_*` module x @ W.T + b, for this instance alone.

    Its class, and other instances of it, stay as they are. W and b are read in each call, hooks
    still run, and a deep copy computes with its own W and b.

    Args:
        module: any module; one whose class name does not start with `Function_` stays as it is.
            A `Function_*` module has parameters W, (out, in), and b, (out,); then its forward
            takes x, (..., in), and returns (..., out).
    """
    raise NotImplementedError(
        "Where does Python look for forward first: in the instance or in its class?"
    )


def show_names(module: nn.Module) -> None:
    """Make the repr of a `Function_*` module show `name=<its name>`, for this instance alone.

    Args:
        module: any module; one whose class name does not start with `Function_` stays as it is.
            A `Function_*` module has an attribute `name`, a str.
    """
    raise NotImplementedError("Which method does nn.Module.__repr__ ask for more to show?")


def count_applied(model: nn.Module, fn: Callable[[nn.Module], object]) -> list[str]:
    """Apply `fn` to every module of `model` exactly once, children before parents.

    Args:
        model: the root of a tree of modules; a module may be in it under several names.
        fn: called with each module; what it returns does not matter.

    Returns:
        The qualified names in the order visited, "" for `model` itself: one for each module,
        any of its names where it has several.
    """
    raise NotImplementedError(
        "Who is visited before a module, and how do you know whom you have seen?"
    )
