"""From a save to the verdict: `torchkata watch`, pytest-watcher and a cold pytest, in one run.

    pip install pytest-watcher
    python benchmarks/watch.py --rounds 7

Two katas: one of 15 plain tests, one of 5 properties with 100 examples each. Every round saves the
same right solution (a comment differs) for each way in turn, and measures the wall time until the
line that brings the verdict. "ptw" is pytest-watcher, "first" the watcher's verdict on the first
examples, "green" the one on all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import pty
import queue
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SOLUTION = '''\
import torch


def scale(x, factor):
    """x times factor."""
    return x * factor
'''
PLAIN = "import torch\n\nfrom .scale import scale\n" + "".join(
    f'''

def test_{n:02}():
    """Step {n}."""
    assert torch.equal(scale(torch.ones({n}, 3), {n}), torch.full(({n}, 3), {n}.0))
'''
    for n in range(1, 16)
)
PROPERTIES = (
    "import torch\nfrom hypothesis import given, strategies as st\n\nfrom .scale import scale\n"
    + "".join(
        f'''

@given(n=st.integers(1, 5), factor=st.integers(-9, 9))
def test_{n}(n, factor):
    """Property {n}."""
    assert torch.equal(scale(torch.ones(n, {n}), factor), torch.full((n, {n}), float(factor)))
'''
        for n in range(1, 6)
    )
)
KATAS = {"15 plain tests": PLAIN, "5 properties x 100": PROPERTIES}
# Times sooner than a cold run that the watcher is to be, at least.
TARGETS = {
    ("15 plain tests", "green"): 30,
    ("5 properties x 100", "first"): 20,
    ("5 properties x 100", "green"): 7,
}


class Process:
    """A process whose lines are put on a queue, each with the time it came."""

    def __init__(self, arguments: list[str], course: Path) -> None:
        # pytest-watcher says that it is ready on a terminal only.
        self._terminal = pty.openpty()
        self._process = subprocess.Popen(
            arguments,
            cwd=course,
            stdin=self._terminal[1],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self._lines: queue.SimpleQueue[tuple[float, str]] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put((time.perf_counter(), line))

    def until(self, fits: Callable[[str], bool]) -> float:
        """When the next line that fits came."""
        while True:
            when, line = self._lines.get(timeout=180)
            if fits(line):
                return when

    def end(self) -> None:
        """Terminate it."""
        self._process.terminate()
        self._process.wait()
        for descriptor in self._terminal:
            os.close(descriptor)


def state(line: str) -> Any:  # a word, or None
    """The state of a verdict that the watcher printed."""
    return json.loads(line).get("state") if line.startswith("{") else None


def measure(course: Path, rounds: int) -> dict[str, list[float]]:
    """Seconds from save to verdict, a list for each way."""
    stub = course / "katas" / "01_scale" / "scale.py"
    times: dict[str, list[float]] = {"cold": [], "ptw": [], "first": [], "green": []}
    number = 0

    def save() -> float:
        nonlocal number
        number += 1
        start = time.perf_counter()
        stub.write_text(f"{SOLUTION}\n# save {number}\n")
        return start

    command = [sys.executable, "-m", "pytest", "-q", "katas/01_scale", "-p", "no:randomly"]

    # Its default pattern, *.py, matches nothing in a folder below with watchdog 7.1.
    peer_call = [sys.executable, "-m", "pytest_watcher", ".", "--now", "--patterns", "**/*.py"]
    peer_call += ["--runner", sys.executable]

    def passed(line: str) -> bool:
        return " passed in " in line

    # One at a time: a watcher that also sees the saves of another would slow it.
    for way in ("cold", "ptw", "watch") * rounds:
        if way == "cold":
            start = save()
            subprocess.run(command, cwd=course, check=True, capture_output=True)
            times["cold"].append(time.perf_counter() - start)
        elif way == "ptw":
            peer = Process(
                [*peer_call, *command[1:]],
                course,
            )
            peer.until(lambda line: "show menu" in line)  # a save before that is lost
            time.sleep(0.5)
            start = save()
            times["ptw"].append(peer.until(passed) - start)
            peer.end()
        else:
            call = [sys.executable, "-m", "pytest_torchkata", "watch", "1", "--json"]
            ours = Process(call, course)
            ours.until(lambda line: '"ended"' in line)
            for _ in range(3):
                time.sleep(0.5)
                start = save()
                first = ours.until(lambda line: state(line) == "passing") - start
                times["first"].append(first)
                times["green"].append(ours.until(lambda line: state(line) == "green") - start)
                ours.until(lambda line: '"ended"' in line)
            ours.end()
    return times


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    for name, tests in KATAS.items():
        with tempfile.TemporaryDirectory(prefix="torchkata-benchmark-") as place:
            course = Path(place).resolve()
            folder = course / "katas" / "01_scale"
            folder.mkdir(parents=True)
            (course / "pyproject.toml").write_text(
                '[tool.pytest.ini_options]\naddopts = ["--import-mode=importlib"]\n'
            )
            (folder / "kata.toml").write_text('title = "Scale"\ngoal = "Scale."\n')
            (folder / "scale.py").write_text(SOLUTION)
            (folder / "test_scale.py").write_text(tests)
            times = measure(course, arguments.rounds)
        print(f"{name}, median of {arguments.rounds} rounds")
        medians = {way: statistics.median(seconds) for way, seconds in times.items()}
        for way, median in medians.items():
            cold, peer = medians["cold"] / median, medians["ptw"] / median
            line = f"  {way:<6} {1000 * median:8.0f} ms   {cold:6.1f} x sooner than cold"
            line += f"   {peer:6.1f} x sooner than ptw"
            if (target := TARGETS.get((name, way))) is not None:
                line += f"   target {target}: {'met' if cold >= target else 'MISSED'}"
            print(line)


if __name__ == "__main__":
    main()
