"""Seeing operations in torch's dispatcher: on every thread, scripted, or with modes disabled.

Each overload gets a kernel in Python that reports the call and hands it on to what would have
run. It sits at BackendSelect, which every call passes below autograd, and for operations made of
others (which never get there) at their autograd keys too. The dispatcher does not say whether
the call was made by Python or by another operation: `Watch.dispatched` finds out.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

import torch

from ._names import Operation

_AUTOGRAD = ("CPU", "CUDA", "MPS", "XPU", "Meta")
_VARIANTS = ("{}", "{}_", "_{}", "_foreach_{}", "_foreach_{}_", "{}_copy", "__{}__")

# Any: what torch keeps an operator as; it has no public type.
Overload = Any


def overloads(operation: Operation) -> Iterator[Overload]:
    """Every overload of the operation in ATen."""
    seen = set()
    for key in sorted(operation.keys):
        if "." in key:
            continue
        for variant in _VARIANTS:
            packet: Any = getattr(torch.ops.aten, variant.format(key), None)  # without types
            if not isinstance(packet, torch._ops.OpOverloadPacket) or packet in seen:
                continue  # aten has methods of Python's own too, such as __eq__
            seen.add(packet)
            names: list[str] = packet.overloads()  # type: ignore[no-untyped-call]  # torch's
            for name in names:
                overload = getattr(packet, name)
                # Some are TorchScript's alone: aten::backward, aten::mH.a.
                if torch._C._dispatch_has_kernel(overload.name()) and not _takes_numbers(overload):
                    yield overload


def _takes_numbers(overload: Overload) -> bool:
    """Whether a tensor among its arguments may stand for a number: `x + 2`.

    Torch hands such a tensor to Python as that number, which cannot be made the same tensor
    again, so that types could be promoted differently. These are left to the mode.
    """
    tensors = [arg for arg in overload._schema.arguments if str(arg.type).startswith("Tensor")]
    return torch.Tag.pointwise in overload.tags and len(tensors) > 1


def override(
    operations: tuple[Operation, ...], report: Callable[[Operation, Overload], None]
) -> Callable[[], None]:
    """Report every dispatch of the operations, until what is returned is called."""
    make: Any = torch.library.Library  # Any: without types, and private methods are used
    library = make("aten", "IMPL")
    keys: Any = torch._C.DispatchKey
    below_select = torch._C._dispatch_keyset_full_after(keys.BackendSelect)
    below_autograd = torch._C._dispatch_keyset_full_after(keys.AutogradOther)
    try:
        with warnings.catch_warnings():
            # torch says that a kernel is overridden: it is, on purpose, and until the block ends.
            warnings.filterwarnings("ignore", "Warning only once for all operators")
            for operation in operations:
                for overload in overloads(operation):
                    kernel = _kernel(operation, overload, below_select, report)
                    if not overload.has_kernel_for_dispatch_key(keys.BackendSelect):
                        library.impl(overload, kernel, "BackendSelect", with_keyset=True)
                    if overload.has_kernel_for_dispatch_key(keys.CompositeImplicitAutograd):
                        kernel = _kernel(operation, overload, below_autograd, report)
                        for device in _AUTOGRAD:
                            library.impl(overload, kernel, f"Autograd{device}", with_keyset=True)
    except BaseException:
        library._destroy()
        raise
    return library._destroy  # type: ignore[no-any-return]  # a method


def _kernel(
    operation: Operation,
    overload: Overload,
    below: Any,  # Any: a DispatchKeySet
    report: Callable[[Operation, Overload], None],
) -> Callable[..., object]:
    tensors = [
        place
        for place, argument in enumerate(overload._schema.arguments)
        if str(argument.type) == "Tensor"
    ]

    def kernel(keyset: Any, *args: Any, **kwargs: object) -> object:
        report(operation, overload)
        for place in tensors:
            if place < len(args) and isinstance(args[place], (bool, int, float, complex)):
                # `x[0] = 2.0`: a number with the type of the tensor that it is written into.
                number = torch.tensor(args[place], dtype=args[0].dtype)
                args = (*args[:place], number, *args[place + 1 :])
        return overload.redispatch(keyset & below, *args, **kwargs)

    return kernel


# The code of every kernel: its frame is how a second dispatch of one call is known.
KERNEL: CodeType = next(
    const for const in _kernel.__code__.co_consts if isinstance(const, CodeType)
)
