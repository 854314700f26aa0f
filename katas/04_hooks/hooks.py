"""Kata 04: watch and change a model from outside. Replace each NotImplementedError."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

__all__ = [
    "ExplodingGradientWarning",
    "GradientMonitor",
    "add_affine",
    "capture",
    "clip_gradient",
    "count_calls",
    "double_inputs",
    "normalize_grad_inputs",
]


def count_calls(module: nn.Module) -> tuple[dict[str, int], Callable[[], None]]:
    """Count how often the forward of a module and of each of its submodules runs.

    Args:
        module: any module; the results of its forward and backward passes stay as they are.

    Returns:
        counts: the number of calls of each submodule, by its qualified name as
            `module.named_modules()` has it ("" for `module` itself); every name is there from
            the start, with 0.
        remove: takes every hook of this function off again; the counts then stand still.
    """
    raise NotImplementedError("Which hook runs after each forward? How does it know its name?")


def double_inputs(module: nn.Module) -> RemovableHandle:
    """Double every positional input of `module` that is a tensor, before its forward runs.

    Args:
        module: any module. Its keyword inputs, and inputs that are no tensors, reach its forward
            as they are. The caller's tensors are not modified; gradients flow through.

    Returns:
        The handle of the hook: `handle.remove()` takes it off.
    """
    raise NotImplementedError("What a forward-pre hook returns takes the place of the inputs.")


def add_affine(module: nn.Module) -> RemovableHandle:
    """Replace the output of `module` by input[0] @ module.W + module.b, after its forward ran.

    Args:
        module: a module with tensors W, (in, out), and b, (out,), whose first positional input
            has shape (..., in). They are read in each call, and gradients reach all three.

    Returns:
        The handle of the hook: `handle.remove()` takes it off.
    """
    raise NotImplementedError("What a forward hook returns takes the place of the output.")


def normalize_grad_inputs(module: nn.Module) -> RemovableHandle:
    """Divide each gradient with respect to an input of `module` by the sum of them all.

    The sum is one number: that of all elements of all these gradients. A gradient that is None
    stays None, and a sum of zero leaves every gradient as it is.

    Args:
        module: any module whose backward pass is to change. Its forward results and the
            gradients of its parameters stay as they are.

    Returns:
        The handle of the full backward hook: `handle.remove()` takes it off.
    """
    raise NotImplementedError("First one sum over every gradient there is; then a new tuple.")


def clip_gradient(tensor: Tensor, max_norm: float) -> RemovableHandle:
    """Keep the 2-norm of the gradient of `tensor` at `max_norm` or below.

    The 2-norm is the square root of the sum of the squares of all elements. In each backward
    pass, a longer gradient is scaled to `max_norm` and keeps its direction; any other is left
    untouched, to the bit. A gradient with NaN keeps its NaN.

    Args:
        tensor: any shape and floating dtype, a leaf or not, that requires a gradient.
        max_norm: greater than 0.

    Returns:
        The handle of the hook: `handle.remove()` takes it off.

    Raises:
        ValueError: `max_norm` is 0 or below, or `tensor` requires no gradient.
    """
    raise NotImplementedError("First refuse what cannot work; then a hook on the tensor itself.")


class ExplodingGradientWarning(UserWarning):
    """The gradient of a parameter is too long, or not finite."""


class GradientMonitor:
    """Watch the gradient norms of a model's parameters while a `with` block is open.

    with GradientMonitor(model, threshold=100.0) as monitor:
        loss(model(x), y).backward()
    monitor.norms["0.weight"]  # one number for each backward pass that reached it

    A norm above `threshold`, or not finite, warns with `ExplodingGradientWarning`, which names
    the parameter and the norm. Results and gradients stay as they are. When the block ends, also
    by an exception, every hook of the monitor is gone.

    Args:
        model: the model to watch.
        threshold: the largest norm that does not warn.

    Attributes:
        norms: the 2-norms of each parameter's gradient, one a backward pass, by its name as
            `model.named_parameters()` has it; every name is there once the block is open.
    """

    norms: dict[str, list[float]]

    def __init__(self, model: nn.Module, threshold: float) -> None:
        raise NotImplementedError("What must the monitor remember until its block is opened?")

    def __enter__(self) -> "GradientMonitor":
        raise NotImplementedError("A hook for each parameter; what becomes of its handle?")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        raise NotImplementedError("Take off what __enter__ registered.")


@contextmanager
def capture(model: nn.Module, names: Sequence[str]) -> Iterator[dict[str, Tensor]]:
    """Keep the outputs of some submodules while a `with` block is open.

    with capture(model, ["encoder.0"]) as outputs:
        model(x)
    outputs["encoder.0"]  # what that submodule returned last, detached

    Args:
        model: the model; its results and gradients stay as they are.
        names: qualified names of submodules whose output is a tensor.

    Yields:
        A dict from each name to the detached output of the last call of that submodule. When
        the block ends, also by an exception, every hook is gone.

    Raises:
        KeyError: a name is unknown; the message has that name and those that exist. No hook
            is left then.
    """
    raise NotImplementedError("Refuse unknown names first; then hooks, yield, and a finally.")
