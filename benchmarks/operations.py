"""What a guard costs: per call of torch, per block, and nothing when it is not used.

    OMP_NUM_THREADS=1 python benchmarks/operations.py [--rounds N]

Medians over rounds in which all take turns; microseconds a call.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import torch
from torch.overrides import TorchFunctionMode

from pytest_torchkata import forbid

ELSEWHERE = Path(__file__).parent.parent / "tests"  # none of the calls below come from there
X = torch.ones(4, 4)

CALLS: dict[str, Callable[[], object]] = {
    "an operation that is not forbidden: x.exp()": lambda: X.exp(),
    "one that calls a forbidden one: x @ x": lambda: X @ X,
    "a forbidden one, by somebody else: x.sigmoid()": lambda: X.sigmoid(),
}


class Nothing(TorchFunctionMode):
    """A mode that only passes on: the least that a mode can cost."""

    def __torch_function__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]  # as short as can be
        return func(*args, **(kwargs or {}))


BLOCKS: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "no guard": nullcontext,
    "an empty mode": Nothing,
    "forbid sigmoid, mm": lambda: forbid("torch.sigmoid", "torch.mm", within=ELSEWHERE),
    "no guard, after one": nullcontext,
}


def per_call(call: Callable[[], object], times: int = 300) -> float:
    start = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - start) / times * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    for title, call in CALLS.items():
        times: dict[str, list[float]] = {name: [] for name in BLOCKS}
        for _ in range(rounds):
            for name, block in BLOCKS.items():
                with block():
                    times[name].append(per_call(call))
        print(title)
        for name, each in times.items():
            print(f"  {name:22} {statistics.median(each):8.2f} us")
    spent = []
    for _ in range(rounds):
        start = time.process_time()
        with BLOCKS["forbid sigmoid, mm"]():
            pass
        spent.append((time.process_time() - start) * 1e3)
    print(f"to enter and leave a block: {statistics.median(spent):.2f} ms")


if __name__ == "__main__":
    main()
