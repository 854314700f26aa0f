"""The global state of torch that a test can leave changed: how to read it, and how to put it back.

Every function here imports torch or needs it loaded; none knows pytest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any

import torch
import torch.nn.modules.module as nn_module
import torch.optim.optimizer as optimizer
from torch.overrides import _get_current_function_mode_stack
from torch.utils._device import DeviceContext
from torch.utils._python_dispatch import _pop_mode

from .determinism import unfrozen_flags

# Values are compared and handed back, never looked into: each probe has its own type.
Value = Any


@dataclass(frozen=True)
class Probe:
    """One kind of state.

    Attributes:
        name: what a message calls it.
        read: its value, cheap to compare.
        write: puts a value back that `read` returned; None where torch allows no change.
    """

    name: str
    read: Callable[[], Value]
    write: Callable[[Value], object] | None


@dataclass(frozen=True)
class Change:
    """A value that is not what it was."""

    probe: Probe
    before: Value
    after: Value

    def __str__(self) -> str:
        return f"{self.probe.name}: {_said(self.before)} before, {_said(self.after)} after"


class State:
    """All of it, in the order in which it can be put back."""

    def __init__(self) -> None:
        self.probes = tuple(_probes())
        self._readers = tuple(probe.read for probe in self.probes)

    def read(self) -> tuple[Value, ...]:
        """The values now, one for each probe."""
        return tuple([read() for read in self._readers])

    def changes(self, before: tuple[Value, ...], after: tuple[Value, ...]) -> list[Change]:
        """What differs."""
        if before == after:
            return []
        triples = zip(self.probes, before, after, strict=True)
        return [Change(*triple) for triple in triples if triple[1] != triple[2]]

    def put_back(self, before: tuple[Value, ...]) -> None:
        """Put values back that `read` returned, as far as torch allows."""
        for _ in range(2):  # writing one switch of the float32 precision moves others
            for change in self.changes(before, self.read()):
                if change.probe.write is not None:
                    change.probe.write(change.before)


def _probes() -> Iterator[Probe]:
    yield Probe("default dtype", torch.get_default_dtype, torch.set_default_dtype)
    yield Probe("default device", _default_device, torch.set_default_device)
    yield Probe("torch function modes", _function_modes, _set_function_modes)
    yield Probe("torch dispatch modes", torch._C._len_torch_dispatch_stack, _pop_dispatch_modes)
    yield Probe("saved-tensor hooks", _saved_tensor_hooks, _pop_saved_tensor_hooks)
    # Before the grad mode, which entering or leaving inference mode changes.
    yield Probe("inference mode", torch.is_inference_mode_enabled, _InferenceMode())
    yield Probe("grad mode", torch.is_grad_enabled, torch.set_grad_enabled)
    yield from _autocast()
    yield Probe("deterministic algorithms", _deterministic, _set_deterministic)
    yield Probe("anomaly mode", _anomaly, lambda v: torch.autograd.set_detect_anomaly(*v))
    yield Probe("intra-op threads", torch.get_num_threads, torch.set_num_threads)
    yield Probe("inter-op threads", torch.get_num_interop_threads, None)
    yield from _back_end_flags()
    yield from _float32_precision()
    yield from _hooks()


def _default_device() -> torch.device | None:
    # `torch.get_default_device()` says "cpu" for none too, but a set one is a function mode that
    # costs at every call.
    if not torch._C._len_torch_function_stack():
        return None
    context = getattr(torch._GLOBAL_DEVICE_CONTEXT, "device_context", None)
    return None if context is None else context.device


def _function_modes() -> tuple[object, ...]:
    if not torch._C._len_torch_function_stack():
        return ()
    default = getattr(torch._GLOBAL_DEVICE_CONTEXT, "device_context", None)
    stack = _get_current_function_mode_stack()  # type: ignore[no-untyped-call]
    return tuple(mode for mode in stack if mode is not default)


def _set_function_modes(modes: tuple[object, ...]) -> None:
    default = getattr(torch._GLOBAL_DEVICE_CONTEXT, "device_context", None)
    while torch._C._len_torch_function_stack():
        torch._C._pop_torch_function_stack()
    for mode in modes if default is None else (default, *modes):
        torch._C._push_on_torch_function_stack(mode)


def _pop_dispatch_modes(count: int) -> None:
    while torch._C._len_torch_dispatch_stack() > count:
        _pop_mode()


def _saved_tensor_hooks() -> Value:
    return torch._C._autograd._top_saved_tensors_default_hooks(True)


def _pop_saved_tensor_hooks(hooks: Value) -> None:
    while (top := _saved_tensor_hooks()) is not None and top != hooks:
        torch._C._autograd._pop_saved_tensors_default_hooks()


class _InferenceMode:
    """Switches inference mode for good: torch has a context manager for it only."""

    def __init__(self) -> None:
        self._entered: list[torch.inference_mode] = []  # one that is collected switches back

    def __call__(self, mode: bool) -> None:
        context = torch.inference_mode(mode)
        context.__enter__()
        self._entered.append(context)


def _autocast() -> Iterator[Probe]:
    for kind in ("cpu", "cuda"):

        def read(kind: str = kind) -> Value:
            return torch.is_autocast_enabled(kind), torch.get_autocast_dtype(kind)

        def write(value: Value, kind: str = kind) -> None:
            torch.set_autocast_enabled(kind, value[0])
            torch.set_autocast_dtype(kind, value[1])

        yield Probe(f"autocast on {kind}", read, write)
    yield Probe("autocast cache", torch.is_autocast_cache_enabled, torch.set_autocast_cache_enabled)


def _deterministic() -> Value:
    return (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )


def _set_deterministic(value: Value) -> None:
    torch.use_deterministic_algorithms(value[0], warn_only=value[1])


def _anomaly() -> Value:
    return torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()


def _back_end_flags() -> Iterator[Probe]:
    for path, getter in (
        ("torch.backends.cudnn.enabled", "_get_cudnn_enabled"),
        ("torch.backends.cudnn.benchmark", "_get_cudnn_benchmark"),
        ("torch.backends.cudnn.deterministic", "_get_cudnn_deterministic"),
        ("torch.backends.mkldnn.enabled", "_get_mkldnn_enabled"),
        (
            "torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction",
            "_get_cublas_allow_fp16_reduced_precision_reduction",
        ),
        (
            "torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction",
            "_get_cublas_allow_bf16_reduced_precision_reduction",
        ),
        (
            "torch.utils.deterministic.fill_uninitialized_memory",
            "_get_deterministic_fill_uninitialized_memory",
        ),
    ):
        # The attributes ask these functions too, several times as slowly.
        yield _attribute(path, getattr(torch._C, getter, None))
    for kind in ("flash", "mem_efficient", "math", "cudnn"):
        read = getattr(torch.backends.cuda, f"{kind}_sdp_enabled", None)
        write = getattr(torch.backends.cuda, f"enable_{kind}_sdp", None)
        if read is not None and write is not None:
            yield Probe(f"torch.backends.cuda.{kind}_sdp_enabled()", read, write)


def _float32_precision() -> Iterator[Probe]:
    """TF32 and its kin: the old switches first, since writing those writes the new ones too."""
    yield Probe(
        "float32 matmul precision",
        _tolerant(torch.get_float32_matmul_precision),
        _unless_contradicted(torch.set_float32_matmul_precision),
    )
    yield Probe(
        "torch.backends.cudnn.allow_tf32",
        _tolerant(torch._C._get_cudnn_allow_tf32),
        _unless_contradicted(torch._C._set_cudnn_allow_tf32),
    )
    getter = getattr(torch._C, "_get_fp32_precision_getter", None)  # torch 2.9 and later
    if getter is None:
        return
    for path, back_end, operation in (
        ("torch.backends.fp32_precision", "generic", "all"),
        ("torch.backends.cuda.matmul.fp32_precision", "cuda", "matmul"),
        ("torch.backends.cudnn.conv.fp32_precision", "cuda", "conv"),
        ("torch.backends.cudnn.rnn.fp32_precision", "cuda", "rnn"),
        ("torch.backends.mkldnn.matmul.fp32_precision", "mkldnn", "matmul"),
        ("torch.backends.mkldnn.conv.fp32_precision", "mkldnn", "conv"),
        ("torch.backends.mkldnn.rnn.fp32_precision", "mkldnn", "rnn"),
    ):
        # The attributes ask this function too, ten times as slowly.
        yield _attribute(path, partial(getter, back_end, operation))


_CONTRADICTED = ("contradicted by fp32_precision",)  # equal to no value of torch's


def _tolerant(read: Callable[[], Value]) -> Callable[[], Value]:
    """Reads an old switch, which torch refuses when the new ones say something else."""

    def tolerant() -> Value:
        try:
            return read()
        except RuntimeError:
            return _CONTRADICTED

    return tolerant


def _unless_contradicted(write: Callable[[Value], object]) -> Callable[[Value], object]:
    return lambda value: None if value == _CONTRADICTED else write(value)


def _hooks() -> Iterator[Probe]:
    """The hooks on every module and on every optimizer."""
    for module in (nn_module, optimizer):
        for name, hooks in vars(module).items():
            if name.startswith("_global_") and isinstance(hooks, dict):
                words = name.removeprefix("_global_").replace("_", " ")
                yield Probe(f"global {words}", _items(hooks), _replace(hooks))


def _items(hooks: MutableMapping[int, object]) -> Callable[[], Value]:
    return lambda: tuple(hooks.items()) if hooks else ()


def _replace(hooks: MutableMapping[int, object]) -> Callable[[Value], None]:
    def replace(items: Value) -> None:
        hooks.clear()
        hooks.update(items)

    return replace


def _attribute(path: str, read: Callable[[], Value] | None = None) -> Probe:
    """A probe of an attribute that is written with its full path."""
    owner_path, _, name = path.rpartition(".")
    owner = attrgetter(owner_path.removeprefix("torch."))(torch)

    def write(value: Value) -> None:
        with unfrozen_flags():
            setattr(owner, name, value)

    return Probe(path, read or partial(getattr, owner, name), write)


def _said(value: Value) -> str:
    """A value in a message: short, and without the address of an object."""
    if value is None or value == ():
        return "none"
    if isinstance(value, tuple):
        return f"({', '.join(map(_said, value))})"
    if isinstance(value, (str, int, torch.dtype)):
        return str(value)
    if isinstance(value, DeviceContext):
        return f"torch.device('{value.device}')"
    name = getattr(value, "__qualname__", None)  # of a function, as hooks are
    return name or re.sub(r" at 0x\w+", "", str(value))
