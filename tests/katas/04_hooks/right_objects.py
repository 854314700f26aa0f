"""Callable objects for hooks, and a list of handles that closes itself."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from types import TracebackType
from typing import Any

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


class _Handles(list[RemovableHandle]):
    def close(self) -> None:
        for handle in self:
            handle.remove()
        self.clear()


class _Count:
    def __init__(self, counts: dict[str, int], name: str) -> None:
        self.counts, self.name = counts, name
        counts[name] = 0

    def __call__(self, *_: object) -> None:
        self.counts[self.name] += 1


class _Keep:
    def __init__(self, outputs: dict[str, Tensor], name: str) -> None:
        self.outputs, self.name = outputs, name

    def __call__(self, module: nn.Module, inputs: object, output: Tensor) -> None:
        with torch.no_grad():
            self.outputs[self.name] = output.detach()


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
    counts: dict[str, int] = {}
    handles = _Handles()
    for name, submodule in module.named_modules(remove_duplicate=False):
        handles.append(submodule.register_forward_hook(_Count(counts, name)))
    return counts, handles.close


def double_inputs(module: nn.Module) -> RemovableHandle:
    """Double every positional input of `module` that is a tensor, before its forward runs.

    Args:
        module: any module. Its keyword inputs, and inputs that are no tensors, reach its forward
            as they are. The caller's tensors are not modified; gradients flow through.

    Returns:
        The handle of the hook: `handle.remove()` takes it off.
    """

    def hook(_: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        changed = list(inputs)
        for place, value in enumerate(inputs):
            if isinstance(value, torch.Tensor):
                changed[place] = torch.mul(value, 2)
        return tuple(changed)

    return module.register_forward_pre_hook(hook)


def add_affine(module: nn.Module) -> RemovableHandle:
    """Replace the output of `module` by input[0] @ module.W + module.b, after its forward ran.

    Args:
        module: a module with tensors W, (in, out), and b, (out,), whose first positional input
            has shape (..., in). They are read in each call, and gradients reach all three.

    Returns:
        The handle of the hook: `handle.remove()` takes it off.
    """

    def hook(unit: Any, inputs: Any, output: Any) -> Tensor:
        x, *_ = inputs
        return (x.unsqueeze(-1) * unit.W).sum(-2) + unit.b

    return module.register_forward_hook(hook)


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

    def hook(unit: nn.Module, grad_input: Any, grad_output: Any) -> Any:
        total: Any = 0
        for gradient in grad_input:
            if gradient is not None:
                total = total + gradient.sum()
        result = []
        for gradient in grad_input:
            if gradient is None or total == 0:
                result.append(gradient)
            else:
                result.append(gradient.clone().mul_(1 / total))
        return tuple(result)

    return module.register_full_backward_hook(hook)


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
    if max_norm <= 0:
        raise ValueError(max_norm)
    if not tensor.requires_grad:
        raise ValueError(tensor)

    def hook(gradient: Tensor) -> Tensor | None:
        norm = float(torch.linalg.vector_norm(gradient, dtype=torch.float64))
        if norm <= max_norm or norm != norm:
            return None
        return gradient.div(norm).mul(max_norm)

    return tensor.register_hook(hook)


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
        self.model, self.threshold = model, threshold
        self.norms, self._handles = {}, _Handles()

    def __enter__(self) -> "GradientMonitor":
        self.norms.update((name, []) for name, _ in self.model.named_parameters())
        for name, parameter in self.model.named_parameters():
            if not parameter.requires_grad:
                continue

            def hook(gradient: Tensor, name: str = name) -> None:
                norm = torch.linalg.vector_norm(gradient.detach())
                self.norms[name].append(float(norm))
                if not norm.isfinite() or norm > self.threshold:
                    warnings.warn(ExplodingGradientWarning(f"|d {name}| = {norm}"), stacklevel=1)

            self._handles.append(parameter.register_hook(hook))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._handles.close()


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
    known = {name for name, _ in model.named_modules()}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise KeyError(f"unknown: {unknown}; known: {sorted(known)}")
    outputs: dict[str, Tensor] = {}
    with closing(_Handles()) as handles:
        for name in names:
            submodule = model.get_submodule(name)
            handles.append(submodule.register_forward_hook(_Keep(outputs, name)))
        yield outputs
