"""What a child may not do to the machine, and what ends with it."""

from __future__ import annotations

import ctypes
import mmap
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

MEMORY = 4 * 2**30  # bytes a child may take beyond what it starts with
OUTPUT = 16 * 2**20  # bytes it may write into one file
PROCESSES = 64  # that it and its own children may start, all together
_PDEATHSIG, _SUBREAPER = 1, 36  # Linux: <sys/prctl.h>
_STARTS = {"os.fork", "os.forkpty", "os.posix_spawn", "subprocess.Popen"}


def adopt_orphans() -> None:
    """Become the parent of processes whose own parent ends: then `end_children` finds them."""
    if sys.platform == "linux":
        _prctl(_SUBREAPER, 1)


def enter(parent: int) -> None:
    """Fence this process in. `parent` is the process that must outlive it."""
    if sys.platform == "linux":
        _prctl(_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)  # it ended before it could be tied to us
    with suppress(ImportError):  # Windows has no such limits
        import resource

        if sys.platform == "linux":
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            limit = pages * resource.getpagesize() + MEMORY
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT, OUTPUT))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _count_processes()


def _count_processes() -> None:
    """Refuse to start more than `PROCESSES` processes.

    RLIMIT_NPROC counts all processes of the user, and none of root's.
    """
    started = mmap.mmap(-1, 4)  # shared with every process that is forked from here
    leader = os.getpid()

    def count(event: str, arguments: tuple[object, ...]) -> None:
        if event in _STARTS:
            so_far = int.from_bytes(started[:4], "little") + 1
            started[:4] = so_far.to_bytes(4, "little")
            if so_far > PROCESSES and os.getpid() != leader:
                os._exit(1)  # what a bomb is made of
            if so_far > PROCESSES:
                raise RuntimeError(f"more than {PROCESSES} processes were started: a fork bomb?")

    sys.addaudithook(count)


def end_group(leader: int) -> None:
    """Kill the process group that `leader` leads, whoever is left in it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def end_children(keep: set[int]) -> None:
    """Kill and reap every child of this process but those to `keep`; orphans are children too."""
    for _ in range(1000):  # a process that forks while it is killed leaves another
        others = _children() - keep
        if not others:
            return
        for pid in others:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in others:
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _children() -> set[int]:
    try:
        text = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    except OSError:  # not Linux, or a kernel without it
        return set()
    return {int(pid) for pid in text.split()}


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
