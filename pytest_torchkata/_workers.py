"""Several test processes on one machine: which GPU and how many threads each of them gets."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ._parametrize import device_of

# What users set to choose the number of threads themselves.
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Worker:
    """One of the processes of a run.

    Attributes:
        index: counted from 0.
        count: how many there are.
        run: the same for all of them, and for no other run.
        folder: where all of them can lock files.
    """

    index: int
    count: int
    run: str
    folder: Path

    def torch_is_loaded(self) -> None:
        """Take this worker's share of threads and GPUs, once torch is there and CUDA is not used.

        Torch would start one thread for each core in every worker, and put every worker's tensors
        on the first GPU.
        """
        import torch

        if not any(variable in os.environ for variable in _THREAD_VARIABLES):
            torch.set_num_threads(max(1, torch.get_num_threads() // self.count))
        if not torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
            visible = os.environ.get("CUDA_VISIBLE_DEVICES")
            rotated = rotate(visible, torch.cuda.device_count(), self.index)
            if rotated is not None:
                os.environ["CUDA_VISIBLE_DEVICES"] = rotated

    @classmethod
    def of(cls, config: pytest.Config) -> Worker | None:
        """The worker of xdist that this process is, if it is one."""
        given: dict[str, Any] | None = getattr(config, "workerinput", None)
        if given is None:
            return None
        index = int(given["workerid"].removeprefix("gw"))
        return cls(index, given["workercount"], given["testrunuid"], Path(tempfile.gettempdir()))

    @contextmanager
    def holding(self, gpus: Sequence[str], *, alone: bool) -> Iterator[None]:
        """Use GPUs inside the block: beside other workers, or alone.

        Args:
            gpus: names that all workers use for them.
            alone: wait until no other worker uses them, and keep others off.
        """
        with ExitStack() as stack:
            for gpu in sorted(gpus):  # one order for all: nobody waits in a circle
                stack.enter_context(_locked(self.folder / f"torchkata-{self.run}-{gpu}", alone))
            yield


def rotate(visible: str | None, count: int, index: int) -> str | None:
    """`CUDA_VISIBLE_DEVICES` for a worker: the same GPUs, another one first.

    Args:
        visible: the variable's value outside, if it is set.
        count: how many GPUs torch sees under it.
        index: the worker's.

    Returns:
        The new value; None where there is nothing to choose.
    """
    if count < 2:
        return None
    names = (
        [name.strip() for name in visible.split(",")] if visible else list(map(str, range(count)))
    )
    names = names[:count]
    first = index % len(names)
    return ",".join(names[first:] + names[:first])


def visible_gpus() -> list[str]:
    """The GPUs that this process sees, its own first, by names that do not depend on the order."""
    import torch

    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    count = torch.cuda.device_count()
    names = [name.strip() for name in visible.split(",")] if visible else map(str, range(count))
    return list(names)[:count]


@contextmanager
def _locked(path: Path, alone: bool) -> Iterator[None]:
    if sys.platform == "win32":  # no shared locks there: workers share the GPUs as they come
        yield
        return
    import fcntl

    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield  # closing the file gives the lock back


class GpuTurns:
    """The hook of a worker in a run that has tests of several GPUs: those get them alone."""

    def __init__(self, worker: Worker, alone: dict[pytest.Item, int]) -> None:
        """Take turns.

        Args:
            worker: this one.
            alone: the tests that need more than one GPU, and how many.
        """
        self.worker = worker
        self.alone = alone

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        gpus = visible_gpus()
        count = self.alone.get(item, 0)
        device = device_of(item)
        if not device.startswith("cuda") or len(gpus) < max(count, 1):
            return (yield)
        index = int(device.partition(":")[2] or 0)
        wanted = gpus[:count] if count else gpus[index : index + 1]
        with self.worker.holding(wanted, alone=bool(count)):
            return (yield)
