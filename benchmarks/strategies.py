"""What a tensor costs to draw, and how small counterexamples end: this project and its peers.

    OMP_NUM_THREADS=1 python benchmarks/strategies.py [draw | shrink] [--rounds N]

`draw`: microseconds an example, Hypothesis's engine included, as the median over rounds in which
all take turns. `shrink`: elements and non-zero elements of the counterexample of planted bugs. A
peer that is not installed is left out.
"""

from __future__ import annotations

import argparse
import importlib
import os
import random
import statistics
import time
import warnings
from collections.abc import Callable

# A peer registers torch's random state with Hypothesis for as long as it is installed, which makes
# every example of everybody a third of a millisecond slower.
os.environ["HYPOTHESIS_NO_PLUGINS"] = "1"

import torch
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from pytest_torchkata import strategies as ours

QUIET = settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
Strategy = st.SearchStrategy[torch.Tensor]

BUGS: dict[str, Callable[[torch.Tensor], bool]] = {
    "below -3, 3 columns": lambda x: x.shape[-1] >= 3 and bool((x < -3).any()),
    "above 10000": lambda x: bool((x > 1e4).any()),
    "sum above 100": lambda x: bool(x.nan_to_num(0, 0, 0).sum() > 100),
    "more rows than columns": lambda x: x.shape[0] > x.shape[1] >= 2,
    "last row not zero": lambda x: x.shape[0] >= 3 and bool((x[-1] != 0).any()),
    "a fraction": lambda x: bool(((x != x.round()) & x.isfinite()).any()),
    "negative zero": lambda x: bool((x.signbit() & (x == 0)).any()),
    "exp overflows": lambda x: bool((x.exp().isinf() & x.isfinite()).any()),
    "two different negatives": lambda x: len(set(x[x < 0].flatten().tolist())) >= 2,
    "columns not sorted": lambda x: x.shape[1] >= 3 and bool((x[0].diff() < 0).any()),
    "nan": lambda x: bool(x.isnan().any()),
    "infinite": lambda x: bool(x.isinf().any()),
}


def peers(side: int) -> dict[str, Strategy]:
    """Strategies for float32 matrices of up to side x side."""
    found: dict[str, Strategy] = {
        "pytest-torchkata": ours.tensors(shape=ours.shapes(min_dims=2, max_dims=2, max_side=side))
    }
    for add in (_numpy, _array_api, _hypothesis_torch, _pytest_torch):
        try:
            found |= add(side)
        except ImportError as error:
            print(f"left out: {error}")
    return found


def _numpy(side: int) -> dict[str, Strategy]:
    np = importlib.import_module("numpy")
    extra = importlib.import_module("hypothesis.extra.numpy")
    shape = extra.array_shapes(min_dims=2, max_dims=2, max_side=side)
    return {"extra.numpy + from_numpy": extra.arrays(np.float32, shape).map(torch.from_numpy)}


def _array_api(side: int) -> dict[str, Strategy]:
    extra = importlib.import_module("hypothesis.extra.array_api")
    namespace = extra.make_strategies_namespace(torch, api_version="2022.12")
    shape = namespace.array_shapes(min_dims=2, max_dims=2, max_side=side)
    return {"extra.array_api": namespace.arrays(torch.float32, shape)}


def _hypothesis_torch(side: int) -> dict[str, Strategy]:
    peer = importlib.import_module("hypothesis_torch")
    sides = st.tuples(*[st.integers(1, side)] * 2)
    plain = {"device": torch.device("cpu"), "layout": torch.strided, "requires_grad": False}
    plain |= {"pin_memory": False, "memory_format": torch.contiguous_format}
    return {"hypothesis-torch": peer.tensor_strategy(torch.float32, sides, **plain)}


def _pytest_torch(side: int) -> dict[str, Strategy]:
    peer = importlib.import_module("pytest_torch.strategies")
    sides = st.tuples(*[st.integers(1, side)] * 2)
    return {"pytest-torch": peer.tensors(sides, allow_nan=True, allow_inf=True)}


def cost(strategy: Strategy, examples: int = 200) -> float:
    """Microseconds an example."""

    @settings(QUIET, max_examples=examples)
    @given(strategy)
    def nothing(x: torch.Tensor) -> None:
        pass

    start = time.process_time()
    nothing()
    return (time.process_time() - start) / examples * 1e6


def draw(rounds: int) -> None:
    for side in (8, 64):
        strategies = peers(side)
        times: dict[str, list[float]] = {name: [] for name in strategies}
        for _ in range(rounds):
            for name, strategy in strategies.items():
                times[name].append(cost(strategy))
        best = statistics.median(times["pytest-torchkata"])
        print(f"\nup to {side}x{side}, microseconds an example (median of {rounds})")
        for name, each in times.items():
            ratio = statistics.median(
                other / own for other, own in zip(each, times["pytest-torchkata"], strict=True)
            )
            print(f"  {name:26} {statistics.median(each):8.0f}   {ratio:5.2f} times")
        assert best > 0


def shrink(rounds: int) -> None:
    strategies = peers(8)
    print("elements / non-zero elements of the largest counterexample over the rounds")
    print(f"{'':26}" + "".join(f"{name[:18]:>20}" for name in strategies))
    for bug, broken in BUGS.items():
        line = f"{bug:26}"
        for strategy in strategies.values():
            ends = []
            for seed in range(rounds):
                try:
                    x = find(
                        strategy,
                        broken,
                        settings=settings(QUIET, max_examples=1000),
                        random=random.Random(seed),
                    )
                except NoSuchExample:
                    continue
                ends.append((x.numel(), int((x != 0).sum())))
            text = "{} / {}".format(*max(ends)) if ends else "not found"
            if 0 < len(ends) < rounds:
                text += f" ({len(ends)} of {rounds})"
            line += f"{text:>20}"
        print(line)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", choices=["draw", "shrink"])
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")  # array_api warns that torch is not quite compliant
    if asked.what != "shrink":
        draw(asked.rounds)
    if asked.what != "draw":
        shrink(asked.rounds)


if __name__ == "__main__":
    main()
