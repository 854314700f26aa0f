"""Tensors that outlive the test that made them, on a device where memory is scarce."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable

import torch

from . import dtypes

_SHOWN = 5


class DeviceMemory:
    """What is allocated on the GPUs, and which tensors are known to hold it.

    Only when more is allocated than before are the tensors looked for, among all objects of the
    process. A test that frees as much as it leaves behind goes unnoticed.
    """

    def __init__(
        self,
        allocated: Callable[[], int] | None = None,
        on_device: Callable[[torch.Tensor], bool] | None = None,
    ) -> None:
        """Watch CUDA's memory, or what stands in for it where there is no GPU.

        Args:
            allocated: returns the bytes allocated now; 0 while the device is not in use.
            on_device: whether a tensor is on the device.
        """
        self._allocated = allocated or _cuda_bytes
        self._on_device = on_device or (lambda tensor: tensor.is_cuda)
        self._known: dict[int, weakref.ref[torch.Tensor]] = {}
        self._bytes = 0
        self.accept()

    def accept(self) -> None:
        """Whatever is there now may stay."""
        now = self._allocated()
        if now > self._bytes:
            self._remember(self._alive())
        self._bytes = now

    def left(self) -> list[str]:
        """The tensors that came since and are still there, largest first; accepts them too."""
        if self._allocated() > self._bytes:
            gc.collect()  # what only a cycle holds is no leak
        new: list[torch.Tensor] = []
        if self._allocated() > self._bytes:
            new = [tensor for tensor in self._alive() if not self._is_known(tensor)]
            self._remember(new)
        self._bytes = self._allocated()
        new.sort(key=_size, reverse=True)
        lines = [_described(tensor) for tensor in new[:_SHOWN]]
        more = new[_SHOWN:]
        if more:
            lines.append(f"and {len(more)} more, {_bytes(sum(map(_size, more)))}")
        return lines

    def _alive(self) -> list[torch.Tensor]:
        # By the type itself: `isinstance` would ask objects that answer with surprises (proxies).
        objects = gc.get_objects()
        tensors = [thing for thing in objects if issubclass(type(thing), torch.Tensor)]
        # Views hold no memory of their own.
        return [tensor for tensor in tensors if self._on_device(tensor) and tensor._base is None]

    def _remember(self, tensors: list[torch.Tensor]) -> None:
        gone = [key for key, reference in self._known.items() if reference() is None]
        for key in gone:
            del self._known[key]
        self._known.update((id(tensor), weakref.ref(tensor)) for tensor in tensors)

    def _is_known(self, tensor: torch.Tensor) -> bool:
        reference = self._known.get(id(tensor))
        return reference is not None and reference() is tensor


def _cuda_bytes() -> int:
    if not torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        return 0
    return sum(torch.cuda.memory_allocated(i) for i in range(torch.cuda.device_count()))


def _size(tensor: torch.Tensor) -> int:
    return tensor.untyped_storage().nbytes()


def _described(tensor: torch.Tensor) -> str:
    dtype = dtypes.name(tensor.dtype)
    return f"{tuple(tensor.shape)}, {dtype}, {tensor.device}, {_bytes(_size(tensor))}"


def _bytes(size: int) -> str:
    for unit, factor in (("GB", 2**30), ("MB", 2**20), ("kB", 2**10)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} bytes"
