"""Tensors that outlive their test, seen without a GPU: the CPU's stand in for CUDA's."""

from __future__ import annotations

import gc

import pytest
import torch

from pytest_torchkata.memory import DeviceMemory


class Device:
    """A device whose tensors are those that this object made and somebody still holds."""

    def __init__(self) -> None:
        self.pointers: set[int] = set()

    def make(self, *shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
        tensor = torch.zeros(shape, dtype=dtype)
        self.pointers.add(tensor.data_ptr())
        return tensor

    def has(self, tensor: torch.Tensor) -> bool:
        try:
            return tensor.data_ptr() in self.pointers
        except RuntimeError:  # a tensor of some other test's, without storage
            return False

    def watch(self) -> DeviceMemory:
        return DeviceMemory(self.allocated, self.has)

    def allocated(self) -> int:
        tensors = [thing for thing in gc.get_objects() if issubclass(type(thing), torch.Tensor)]
        return sum(t.untyped_storage().nbytes() for t in tensors if self.has(t))


def test_what_a_test_leaves_is_named_by_shape_dtype_and_size() -> None:
    device = Device()
    session = device.make(100)
    memory = device.watch()

    small = device.make(2, 3, dtype=torch.int64)
    large = device.make(512, 1024)
    view = large[0]

    assert memory.left() == [
        "(512, 1024), float32, cpu, 2.0 MB",
        "(2, 3), int64, cpu, 48 bytes",
    ]
    assert memory.left() == []  # the next test is not blamed for them
    del session, small, view  # held until here


def test_what_is_freed_or_held_by_a_cycle_only_is_no_leak() -> None:
    device = Device()
    memory = device.watch()

    tensor = device.make(1000)
    cycle: list[object] = [tensor]
    cycle.append(cycle)
    del tensor, cycle

    assert memory.left() == []


def test_what_is_accepted_stays() -> None:
    device = Device()
    memory = device.watch()

    module_scoped = device.make(1000)
    memory.accept()
    leaked = device.make(10)

    assert memory.left() == ["(10,), float32, cpu, 40 bytes"]
    del module_scoped, leaked  # held until here


def test_many_are_counted() -> None:
    device = Device()
    memory = device.watch()

    kept = [device.make(256) for _ in range(8)]

    assert memory.left()[5:] == ["and 3 more, 3.0 kB"]
    assert len(kept) == 8


def test_a_gpu_that_is_not_in_use_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: False)

    assert DeviceMemory().left() == []
