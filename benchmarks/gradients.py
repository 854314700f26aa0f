"""Time of `gradcheck` against torch's slow and fast modes, in one run.

    OMP_NUM_THREADS=1 python benchmarks/gradients.py [--repeat 7] [--only NAME]
    OMP_NUM_THREADS=1 python benchmarks/gradients.py --planted [--repeat 7]

Every case runs each way in turn, `repeat` times over; the table gives medians in milliseconds and
ratios of medians. Modules are passed to torch the way its own tests do it: the parameters as
inputs, so that both check the same entries.

`--planted` compares the quick modes: which of the planted errors of tests/gradients_planted.py
each misses, and their times where nothing is wrong.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from pytest_torchkata import gradcheck

Check = Callable[[], bool]


def first(output: Any) -> Tensor:
    """torch wants tensors: of an LSTM, the sequence."""
    return output[0] if isinstance(output, tuple) else output


@dataclass(frozen=True)
class Case:
    """One thing to check: a function or module, and its inputs."""

    name: str
    fn: Callable[..., Any]
    inputs: tuple[Tensor, ...]

    def elements(self) -> int:
        """How many elements are perturbed."""
        own = self.fn.parameters() if isinstance(self.fn, nn.Module) else ()
        return sum(each.numel() for each in [*self.inputs, *own] if each.requires_grad)

    def torchs(self, fast: bool) -> Check:
        """torch's check, parameters included."""
        fn, inputs = self.fn, self.inputs
        if isinstance(fn, nn.Module):
            parameters = tuple(fn.parameters())
            count = len(inputs)
            return lambda: torch.autograd.gradcheck(
                lambda *given: first(fn(*given[:count])), (*inputs, *parameters), fast_mode=fast
            )
        return lambda: torch.autograd.gradcheck(fn, inputs, fast_mode=fast)

    def ours(self, **options: Any) -> Check:
        """Ours."""
        return lambda: gradcheck(self.fn, self.inputs, **options)


class Attention(nn.Module):
    """Self-attention written out."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        scores = self.query(x) @ self.key(x).transpose(-2, -1) / x.shape[-1] ** 0.5
        return scores.softmax(-1) @ self.value(x)


class Cube(torch.autograd.Function):
    """x³ with its derivative by hand, without a rule for vmap."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return 3 * x**2 * grad


def cases() -> list[Case]:
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)

    def given(*shape: int) -> Tensor:
        return torch.randn(*shape, requires_grad=True)

    target = torch.randn(8, 10)
    classes = torch.randint(0, 10, (8,))
    return [
        Case("Linear 32x32, batch 8", nn.Linear(32, 32), (given(8, 32),)),
        Case("LayerNorm 32, batch 8", nn.LayerNorm(32), (given(8, 32),)),
        Case("Conv2d 3->4, 8x8", nn.Conv2d(3, 4, 3), (given(2, 3, 8, 8),)),
        Case("attention by hand", Attention(8), (given(2, 6, 8),)),
        Case(
            "attention SDPA",
            nn.functional.scaled_dot_product_attention,
            (given(2, 2, 6, 8), given(2, 2, 6, 8), given(2, 2, 6, 8)),
        ),
        Case(
            "MLP 16-32-8",
            nn.Sequential(nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, 8)),
            (given(4, 16),),
        ),
        Case("custom Function", Cube.apply, (given(8, 16),)),
        Case("loss: mse", lambda x: nn.functional.mse_loss(x, target), (given(8, 10),)),
        Case(
            "loss: cross entropy",
            lambda x: nn.functional.cross_entropy(x, classes),
            (given(8, 10),),
        ),
        Case("softmax", lambda x: x.softmax(-1), (given(8, 10),)),
        Case("sin, 60 elements", torch.sin, (given(60),)),
        Case("x @ w", torch.matmul, (given(6, 8), given(8, 5))),
        Case("LSTM 4-4, 5 steps", nn.LSTM(4, 4), (given(5, 3, 4),)),
        Case("BatchNorm1d training", nn.BatchNorm1d(8), (given(6, 8),)),
        Case("data-dependent branch", lambda x: x * 2 if x.sum() > 0 else x**2, (given(8, 8),)),
    ]


def measure(checks: dict[str, Check], repeat: int) -> dict[str, float]:
    """Median milliseconds of each, run in turn."""
    for check in checks.values():
        check()
    times: dict[str, list[float]] = {name: [] for name in checks}
    for _ in range(repeat):
        for name, check in checks.items():
            start = time.process_time()
            check()
            times[name].append(1e3 * (time.process_time() - start))
    return {name: statistics.median(each) for name, each in times.items()}


def planted(repeat: int) -> None:
    """What the quick modes miss, and what they cost."""
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
    from gradients_planted import PLANTED, SIZES, Planted

    torchs, ours = 0, 0
    for each in PLANTED:
        fn, x = each.function(), each.input()
        torchs += torch.autograd.gradcheck(fn, (x,), fast_mode=True, raise_exception=False)
        # What the quick check finds is not to be judged by the exact one: that takes long.
        with contextlib.suppress(ValueError):
            ours += gradcheck(fn, x, fast_mode=True, max_evaluations=1)
    print(f"of {len(PLANTED)} planted errors torch's fast mode misses {torchs}, ours {ours}")
    print(
        f"{'right derivative':20} {'fast':>8} {'quick':>8} {'ratio':>6} {'exact':>9} {'ratio':>6}"
    )
    for shape, size in SIZES:
        right = Planted("sign", shape, size)
        case = Case(f"{shape} {size}", right.function(right=True), (right.input(),))
        took = measure(
            {
                "fast": case.torchs(fast=True),
                "quick": case.ours(fast_mode=True),
                "exact": case.ours(),
            },
            repeat if size < 1024 else 2,
        )
        print(
            f"{case.name:20} {took['fast']:8.2f} {took['quick']:8.2f} "
            f"{took['quick'] / took['fast']:6.2f} {took['exact']:9.2f} "
            f"{took['exact'] / took['quick']:6.1f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--only", default="")
    parser.add_argument("--planted", action="store_true")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"torch {torch.__version__}, {torch.get_num_threads()} thread(s)")
    if arguments.planted:
        planted(arguments.repeat)
        return
    print(
        f"{'case':24} {'elements':>8} {'slow':>9} {'exact':>9} {'ratio':>6} "
        f"{'loop':>9} {'ratio':>6} {'fast':>8} {'quick':>8} {'ratio':>6}"
    )
    exact, looped = [], []
    for case in cases():
        if arguments.only not in case.name:
            continue
        took = measure(
            {
                "slow": case.torchs(fast=False),
                "exact": case.ours(),
                "loop": case.ours(batched=False),
                "fast": case.torchs(fast=True),
                "quick": case.ours(fast_mode=True),
            },
            arguments.repeat,
        )
        exact.append(took["slow"] / took["exact"])
        looped.append(took["slow"] / took["loop"])
        print(
            f"{case.name:24} {case.elements():8} {took['slow']:9.2f} {took['exact']:9.2f} "
            f"{exact[-1]:6.1f} {took['loop']:9.2f} {looped[-1]:6.2f} "
            f"{took['fast']:8.2f} {took['quick']:8.2f} {took['quick'] / took['fast']:6.2f}"
        )
    print(
        f"exact: {statistics.median(exact):.1f} times faster than slow in the median, "
        f"{min(exact):.1f} at least; loop: {statistics.median(looped):.2f}, {min(looped):.2f}"
    )


if __name__ == "__main__":
    main()
