"""functools.partial binds the names, an ExitStack takes the hooks off."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from types import TracebackType
from typing import Any
from warnings import warn

import torch
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


def _double(value: Any) -> Any:  # Any: whatever a forward takes
    return value + value if torch.is_tensor(value) else value


def _shortened(max_norm: float, gradient: Tensor) -> Tensor:
    norm = gradient.pow(2).sum().sqrt()
    scale = (max_norm / norm).clamp(max=1.0)
    return torch.where(norm > max_norm, gradient * scale, gradient)


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
    counts: dict[str, int] = Counter(dict.fromkeys(dict(module.named_modules()), 0))
    hooks = ExitStack()

    def one_more(name: str, *_: object) -> None:
        counts[name] += 1

    for name, submodule in module.named_modules():
        hooks.enter_context(submodule.register_forward_pre_hook(partial(one_more, name)))
    return counts, hooks.close


def double_inputs(module: nn.Module) -> RemovableHandle:
    """Double every positional input of `module` that is a tensor, before its forward runs.

    Args:
        module: any module. Its keyword inputs, and inputs that are no tensors, reach its forward
            as they are. The caller's tensors are not modified; gradients flow through.

    Returns:
        The handle of the hook: `handle.remove()` takes it off.
    """

    def doubled(_: nn.Module, inputs: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, Any]:
        return tuple(map(_double, inputs)), named

    return module.register_forward_pre_hook(doubled, with_kwargs=True)


def add_affine(module: nn.Module) -> RemovableHandle:
    """Replace the output of `module` by input[0] @ module.W + module.b, after its forward ran.

    Args:
        module: a module with tensors W, (in, out), and b, (out,), whose first positional input
            has shape (..., in). They are read in each call, and gradients reach all three.

    Returns:
        The handle of the hook: `handle.remove()` takes it off.
    """

    def affine(owner: Any, inputs: tuple[Any, ...], output: object) -> Tensor:
        del output
        return torch.einsum("...i,io->...o", inputs[0], owner.W) + owner.b

    return module.register_forward_hook(affine, prepend=False)


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

    def divided(_: nn.Module, gradients: Any, __: object) -> Any:
        flat = [gradient.reshape(-1) for gradient in gradients if gradient is not None]
        total = torch.cat(flat).sum().item() if flat else 0.0
        divisor = 1.0 if total == 0.0 else total
        return tuple(gradient if gradient is None else gradient / divisor for gradient in gradients)

    return module.register_full_backward_hook(divided)


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
    if not max_norm > 0:
        raise ValueError(f"{max_norm=} is not above 0")
    if not tensor.requires_grad:
        raise ValueError("tensor.requires_grad is False")
    return tensor.register_hook(partial(_shortened, max_norm))


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
        self.norms = {name: [] for name, _ in model.named_parameters()}
        self._named = dict(model.named_parameters())
        self._limit = threshold
        self._hooks = ExitStack()

    def __enter__(self) -> "GradientMonitor":
        for name, parameter in self._named.items():
            if parameter.requires_grad:
                self._hooks.enter_context(parameter.register_hook(partial(self._note, name)))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._hooks.close()

    def _note(self, name: str, gradient: Tensor) -> None:
        norm = math.sqrt(float(gradient.detach().double().square().sum()))
        self.norms[name].append(norm)
        if not math.isfinite(norm) or norm > self._limit:
            warn(f"{name}: {norm:.3f} > {self._limit}", ExplodingGradientWarning, stacklevel=2)


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
    outputs: dict[str, Tensor] = {}

    def keep(name: str, _: nn.Module, __: object, output: Tensor) -> None:
        outputs[name] = output.detach().clone()

    with ExitStack() as hooks:
        for name in names:
            try:
                submodule = model.get_submodule(name)
            except AttributeError:
                known = [each for each, _ in model.named_modules()]
                raise KeyError(f"{name} is not in {known}") from None
            hooks.enter_context(submodule.register_forward_hook(partial(keep, name)))
        yield outputs
