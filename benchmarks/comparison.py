"""Comparisons: pytest-torchkata against torch, NumPy and the peer pytest-torch.

    python benchmarks/comparison.py             # time, on one thread and (large tensors) on two
    python benchmarks/comparison.py --memory    # peak memory, in fresh processes

Every case is timed for all contestants in turn, round after round, so that a busy machine slows
all of them alike; the figures are medians over the rounds. pytest-torch is optional.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from pytest_torchkata import assert_close

try:
    from pytest_torch.assertions import assert_tensors_close
except ImportError:
    assert_tensors_close = None

Run = Callable[[], object]


@dataclass(frozen=True)
class Case:
    """What is compared, and how many times faster than torch that must be."""

    name: str
    actual: Any  # tensors, or a dict of them
    expected: Any
    wanted: float
    repetitions: int
    read: bool = False  # the text of the failure too
    equal_nan: bool = False


def small() -> Iterator[Case]:
    """The sizes that tests have."""
    torch.manual_seed(0)
    for size in (4, 100, 1000):
        x = torch.randn(size)
        yield Case(f"{size} elements, equal", x, x.clone(), 12, 300)
        yield Case(f"{size} elements around 1, close", x, x + 1e-7, 6, 300)
        y = 1000 * x
        yield Case(f"{size} elements around 1000, close", y, y * (1 + 5e-7), 3, 300)
    many = {f"w{i}": torch.randn(10) for i in range(200)}
    yield Case("dict of 200, equal", many, {k: v.clone() for k, v in many.items()}, 15, 3)
    yield Case("dict of 200, close", many, {k: v + 1e-7 for k, v in many.items()}, 6, 3)
    layers = {f"w{i}": torch.randn(4, 1 + i % 20) for i in range(200)}
    near = {k: v + 1e-7 for k, v in layers.items()}
    yield Case("dict of 200 matrices, close", layers, near, 6, 3)
    for size in (4, 1000):
        x, y = torch.randn(size), torch.randn(size)
        yield Case(f"{size} elements, failing", x, y, 0.5, 200)
        yield Case(f"{size} elements, failing, read", x, y, 0.5, 200, read=True)
    yield Case("1000 integers, equal", torch.arange(1000), torch.arange(1000), 0.5, 300)
    yield Case("1000 integers, failing", torch.arange(1000), torch.arange(1000) + 1, 0.5, 200)
    holes = torch.randn(100_000)
    holes[::3] = float("nan")
    yield Case("100,000, a third NaN, close", holes, holes + 1e-7, 0.5, 5, equal_nan=True)
    yield Case("100,000, a third NaN, failing", holes, holes + 1, 0.5, 5, equal_nan=True)


def large(size: int) -> Iterator[Case]:
    """What tests rarely have; the whole text of each failure is read."""
    torch.manual_seed(1)
    x = torch.randn(size)
    wanted = 12 if torch.get_num_threads() == 1 else 8
    yield Case(f"{size:,} elements, equal", x, x.clone(), wanted, 1)
    yield Case(f"{size:,} elements, close", x, x + 1e-6, wanted, 1)
    yield Case(f"{size:,} elements, all off by 1", x, x + 1, 4, 1, read=True)
    yield Case(f"{size:,} elements, unrelated", x, torch.randn(size), 4, 1, read=True)
    y = x.clone()
    y[size // 2] += 1
    yield Case(f"{size:,} elements, one off", y, x, 4, 1, read=True)


def numpy_close(actual: Any, expected: Any) -> None:
    if isinstance(actual, dict):
        for key, value in actual.items():
            numpy_close(value, expected[key])
        return
    np.testing.assert_allclose(actual.numpy(), expected.numpy(), rtol=1.3e-6, atol=1e-5)


def peer_close(actual: Any, expected: Any) -> None:
    if isinstance(actual, dict):
        for key, value in actual.items():
            peer_close(value, expected[key])
        return
    assert_tensors_close(actual, expected)


def contestants(case: Case) -> dict[str, Run]:
    actual, expected = case.actual, case.expected
    options: dict[str, Any] = {"equal_nan": True} if case.equal_nan else {}
    runs: dict[str, Run] = {
        "ours": lambda: assert_close(actual, expected, **options),
        "torch": lambda: torch.testing.assert_close(actual, expected, **options),
        "numpy": lambda: numpy_close(actual, expected),
    }
    if assert_tensors_close is not None:
        runs["pytest-torch"] = lambda: peer_close(actual, expected)
    return runs


def timed(run: Run, case: Case) -> float:
    """Seconds for one call, the failure included, and its text if the case asks for that."""
    start = time.perf_counter()
    for _ in range(case.repetitions):
        try:
            run()
        except AssertionError as error:
            if case.read:
                str(error)
    return (time.perf_counter() - start) / case.repetitions


def measure(cases: Iterable[Case], rounds: int) -> None:
    print(f"\ntorch {torch.__version__}, threads: {torch.get_num_threads()}, rounds: {rounds}\n")
    print(f"{'median':36}{'ours':>10}{'torch':>10}{'numpy':>10}{'peer':>10}  times torch")
    for case in cases:
        runs = contestants(case)
        seconds: dict[str, list[float]] = {who: [] for who in runs}
        for run in runs.values():
            timed(run, case)
        for _ in range(rounds):
            for who, run in runs.items():
                seconds[who].append(timed(run, case))
        median = {who: statistics.median(values) for who, values in seconds.items()}
        ratio = statistics.median(
            t / o for t, o in zip(seconds["torch"], seconds["ours"], strict=True)
        )
        cells = [
            _time(median[who]) if who in median else "-"
            for who in ("ours", "torch", "numpy", "pytest-torch")
        ]
        verdict = "" if ratio >= case.wanted else "  BELOW"
        row = "".join(f"{cell:>10}" for cell in cells)
        print(f"{case.name:36}{row}  {ratio:6.1f} (wanted {case.wanted:g}){verdict}", flush=True)


def _time(seconds: float) -> str:
    return f"{seconds * 1e6:.1f} µs" if seconds < 1e-3 else f"{seconds * 1e3:.1f} ms"


FIRST = """
import sys, time, torch
from {module} import assert_close
x = torch.randn(10)
y = x.clone()
before = set(sys.modules)
start = time.perf_counter()
assert_close(x, y)
print((time.perf_counter() - start) * 1e3, len(set(sys.modules) - before))
"""

PEAK = """
import resource, torch
from {module} import assert_close
x = torch.randn({size})
y = x + {change}
warm = torch.randn(100_000)
try:
    assert_close(warm, warm + {change})
except AssertionError:
    pass
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = peak()
try:
    assert_close(x, y)
except AssertionError as error:
    str(error)
print((peak() - before) / 1024)
"""


def fresh(script: str) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return [float(word) for word in done.stdout.split()]


def first_call() -> None:
    print("\nfirst call in a process")
    for module in ("pytest_torchkata", "torch.testing"):
        taken = [fresh(FIRST.format(module=module)) for _ in range(3)]
        best = statistics.median(one[0] for one in taken)
        print(f"  {module:20} {best:8.2f} ms, {taken[0][1]:.0f} modules imported")


def memory() -> None:
    print("extra memory at the peak")
    for size, change, what in (
        (100_000_000, 0, "100 million, equal"),
        (100_000_000, 1e-6, "100 million, close"),
        (10_000_000, 1, "10 million, failing"),
    ):
        for module in ("pytest_torchkata", "torch.testing"):
            script = PEAK.format(module=module, size=size, change=change)
            (megabytes,) = fresh(script)
            print(f"  {what:22} {module:20} {megabytes:10.1f} MB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--large", type=int, default=10_000_000, help="elements of the large case")
    parser.add_argument("--memory", action="store_true", help="measure memory instead of time")
    given = parser.parse_args()
    if given.memory:
        memory()
        return
    torch.set_num_threads(1)
    measure(small(), given.rounds)
    measure(large(given.large), given.rounds)
    if (os.cpu_count() or 1) > 1:
        torch.set_num_threads(2)
        measure(large(given.large), given.rounds)
    first_call()


if __name__ == "__main__":
    main()
