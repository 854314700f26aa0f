"""Runs a kata's steps in a child process, so that nothing the code under test does can spread.

Where the system can fork, a child starts from this process with torch, pytest and Hypothesis
already loaded: in milliseconds. Elsewhere a fresh interpreter does the same, in seconds.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from . import RECORD
from .run import KEEP_PROGRESS, SMALLEST_CASES
from .warming import leave, redirect

CAN_FORK = hasattr(os, "fork") and sys.platform != "darwin"  # macOS: forked frameworks crash
_OUTPUT_LIMIT = 64 * 2**20  # bytes a child may write into one file


@dataclass(frozen=True)
class Ran:
    """How one step ended in the child."""

    outcome: str  # passed, failed or skipped
    headline: str = ""
    error: str = ""  # the class of the exception
    asserted: bool = False  # whether it was an AssertionError: a comparison, a refusal


@dataclass(frozen=True)
class Outcome:
    """How a child's whole run ended."""

    trouble: str  # "" or what happened to the process: a crash, a time-out
    steps: Mapping[str, Ran] = field(default_factory=dict)
    output: str = ""

    @property
    def red(self) -> frozenset[str]:
        """The steps that failed."""
        return frozenset(name for name, ran in self.steps.items() if ran.outcome == "failed")


@dataclass(frozen=True)
class Job:
    """One run: pytest on `folder` with `arguments`, in at most `seconds` and `memory` bytes."""

    folder: Path
    arguments: tuple[str, ...]
    seconds: float
    memory: int


class Recorder:
    """A pytest plugin that writes each step's end to a file at once: a crash loses no other."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def pytest_configure(self, config: pytest.Config) -> None:
        """Ask for verdicts alone."""
        config.stash[SMALLEST_CASES] = False
        config.stash[KEEP_PROGRESS] = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Append one line of JSON."""
        record: dict[str, str] | None = getattr(report, RECORD, None)
        if record is not None:
            line = json.dumps({**record, "outcome": report.outcome})
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")


def run_all(jobs: list[Job], at_once: int) -> Iterator[tuple[Job, Outcome]]:
    """Run the jobs, `at_once` at a time, and give each one's outcome when it has ended."""
    waiting, running = list(jobs), list[_Child]()
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                running.append(_Child(waiting.pop(0)))
            ended = [child for child in running if child.has_ended()]
            for child in ended:
                running.remove(child)
                yield child.job, child.outcome()
            if not ended:
                time.sleep(0.005)
    finally:
        for child in running:
            child.kill()


class _Child:
    def __init__(self, job: Job) -> None:
        self.job = job
        self._scratch = tempfile.TemporaryDirectory(prefix="torchkata-")
        self._records = Path(self._scratch.name, "records")
        self._output = Path(self._scratch.name, "output")
        self._deadline = time.monotonic() + job.seconds
        self._status: int | None = None
        self._out_of_time = False
        self._process: subprocess.Popen[bytes] | None = None
        if CAN_FORK:
            sys.stdout.flush()
            sys.stderr.flush()
            self._pid = os.fork()
            if self._pid == 0:
                _become_child(job, self._records, self._output)
        else:
            with self._output.open("wb") as output:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", __name__, str(self._records), *job.arguments],
                    cwd=job.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                )
            self._pid = self._process.pid

    def has_ended(self) -> bool:
        if self._process is not None:
            self._status = self._process.poll()
        else:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                self._status = os.waitstatus_to_exitcode(status)
        if self._status is not None:
            return True
        if time.monotonic() > self._deadline:
            self._out_of_time = True
            self.kill()
            return True
        return False

    def kill(self) -> None:
        """End the child and whatever it started."""
        if self._process is not None:
            self._process.kill()
            self._status = self._process.wait()
            return
        with suppress(ProcessLookupError):
            os.killpg(self._pid, signal.SIGKILL)
        with suppress(ProcessLookupError):  # before its setsid there is no such group
            os.kill(self._pid, signal.SIGKILL)
        if self._status is None:
            self._status = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])

    def outcome(self) -> Outcome:
        if CAN_FORK and not self._out_of_time:
            with suppress(ProcessLookupError):  # processes that outlived their parent
                os.killpg(self._pid, signal.SIGKILL)
        output = ""
        if self._output.exists():
            with self._output.open("rb") as file:
                output = file.read(1_000_000).decode("utf-8", "replace")
        result = Outcome(self._trouble(), _read(self._records), output)
        self._scratch.cleanup()
        return result

    def _trouble(self) -> str:
        if self._out_of_time:
            return f"did not end within {self.job.seconds:g} s and was stopped"
        assert self._status is not None
        if self._status < 0:
            return f"the interpreter was ended by {signal.Signals(-self._status).name}"
        if self._status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            return f"pytest ended with exit code {self._status}"
        return ""


def _read(records: Path) -> dict[str, Ran]:
    steps: dict[str, Ran] = {}
    if not records.exists():
        return steps
    for line in records.read_text(encoding="utf-8").splitlines():
        record: dict[str, Any] = json.loads(line)
        before = steps.get(record["step"])
        if before is None or before.outcome != "failed":  # red on one device is red
            steps[record["step"]] = Ran(
                outcome=record["outcome"],
                headline=record.get("headline", ""),
                error=record.get("error", ""),
                asserted=bool(record.get("asserted")),
            )
    return steps


def _become_child(job: Job, records: Path, output: Path) -> None:
    """What the forked child does: never returns."""
    status = 70  # EX_SOFTWARE: the harness itself failed
    try:
        os.setsid()
        file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        redirect(file)
        _limit(job.memory)
        os.chdir(job.folder)
        status = _run_pytest(records, job.arguments)
    except BaseException:  # whatever it was, the parent reads of it; the child must not go on
        import traceback

        traceback.print_exc()
    finally:
        leave(status)


def _limit(memory: int) -> None:
    """Let this process take `memory` bytes more than it has, and write no endless file."""
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[0]) if sys.platform == "linux" else 0
    if pages:
        limit = pages * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_OUTPUT_LIMIT, _OUTPUT_LIMIT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _run_pytest(records: Path, arguments: tuple[str, ...]) -> int:
    return int(pytest.main(list(arguments), plugins=[Recorder(records)]))


if __name__ == "__main__":
    sys.exit(_run_pytest(Path(sys.argv[1]), tuple(sys.argv[2:])))
