"""Compare verdicts on the outputs of torch's operator database, in a process of its own.

    python tests/operator_verdicts.py PART PARTS

See torch_test_tools.py for why. Prints how many pairs were compared, and how many of them are not
close; raises where a verdict is not torch's.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.testing._comparison import default_tolerances
from torch.utils import _pytree as pytree
from torch_test_tools import operator_database

from pytest_torchkata import assert_close

DTYPES = (
    torch.float32,
    torch.float64,
    torch.bfloat16,
    torch.float16,
    torch.complex64,
    torch.int64,
    torch.uint8,
    torch.bool,
)
# Random, slow or huge: nothing about them matters to a comparison.
SKIPPED = ("empty", "uniform", "geometric", "bernoulli", "exponential", "cauchy", "log_normal")
reference = torch.testing.assert_close


def outcome(fn: Any, *args: Any, **options: Any) -> str:
    """What a comparison does: nothing, or the type and first block of its error."""
    try:
        fn(*args, **options)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "close"


def assert_same_outcome(actual: Any, expected: Any, **options: Any) -> str:
    theirs = outcome(reference, actual, expected, **options)
    ours = outcome(assert_close, actual, expected, **options)
    if "unexpected exception" in theirs:
        return theirs  # not accepted by torch
    assert ours.split("\n")[0] == theirs.split("\n")[0], (ours, theirs)
    assert ours.startswith(theirs), (ours, theirs)
    return ours


def outputs(op: Any, dtype: torch.dtype) -> Iterator[Tensor]:
    """The tensors that an operator makes of its first samples."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for number, sample in enumerate(op.sample_inputs("cpu", dtype, requires_grad=True)):
                if number == 2:
                    return
                result = op.op(sample.input, *sample.args, **sample.kwargs)
                for leaf in pytree.tree_leaves((sample.input, result)):
                    if isinstance(leaf, Tensor) and leaf.numel() <= 5_000:
                        yield leaf
        except Exception:  # an operator that cannot run here has no output to compare
            return


def perturbed(x: Tensor) -> Iterator[Tensor]:
    """Copies that differ by nothing, by about the tolerance, by much, in one element or all."""
    yield x
    yield x.detach().clone()
    if x.layout is not torch.strided or x.is_quantized or not x.numel():
        return
    x = x.detach()
    if not (x.is_floating_point() or x.is_complex()):
        changed = x.clone(memory_format=torch.contiguous_format)
        flat = changed.view(-1)
        flat[-1] = not flat[-1] if x.dtype is torch.bool else (flat[-1].item() + 1) % 100
        yield changed
        return
    rtol, atol = default_tolerances(x)
    for scale in (0.5, 0.999999, 1.000001, 1e5):
        yield x + scale * (atol + rtol * x.abs())
    changed = x.clone(memory_format=torch.contiguous_format)
    changed.view(-1)[0] = float("nan")
    yield changed


def compare(part: int, parts: int) -> tuple[int, int]:
    """How many pairs were compared, and how many of them are not close, in that part of it."""
    torch.manual_seed(part)
    compared, failed = 0, 0
    for number, op in enumerate(operator_database()[part::parts]):
        if op.name.startswith(SKIPPED):
            continue
        supported = [dtype for dtype in DTYPES if op.supports_dtype(dtype, "cpu")]
        for dtype in {supported[0], supported[number % len(supported)]} if supported else ():
            for x in outputs(op, dtype):
                for other in perturbed(x):
                    for pair in ((x, other), (other, x)):
                        text = assert_same_outcome(*pair)
                        assert_same_outcome(*pair, equal_nan=True, check_stride=number % 2 == 0)
                        compared += 1
                        failed += text != "close"
    return compared, failed


if __name__ == "__main__":
    print(*compare(*map(int, sys.argv[1:])))
