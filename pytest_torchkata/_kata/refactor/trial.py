"""Runs the learner's code in a process of its own, and prints suggestions as JSON."""

from __future__ import annotations

import copy
import importlib.util
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from .. import metadata
from ..metadata import Kata
from ..run import KEEP_PROGRESS
from . import Suggestion, trace
from .trace import Trace

SLOWER = 2.0  # times the reference's: below, it is not worth a word


class Session:
    """The plugin of the traced session."""

    def __init__(self, traced: Trace) -> None:
        self._trace = traced

    def pytest_configure(self, config: pytest.Config) -> None:
        """A traced run says nothing of the learner's progress."""
        config.stash[KEEP_PROGRESS] = False

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Iterator[None]:
        """Trace the step alone."""
        with self._trace.on():
            return (yield)


def suggest(kata: Kata, reference: Path | None) -> Iterator[Suggestion]:
    """Run the steps of `kata`, then try what they called in other ways."""
    traced = Trace(kata.stub)
    arguments = ["--import-mode=importlib", "-q", "-p", "no:cacheprovider", "--tb=no"]
    pytest.main([str(kata.folder), *arguments], plugins=[Session(traced)])
    for first, last in _ranges(trace.dead_lines(kata.stub, traced.lines)):
        where = f"line {first}" if first == last else f"lines {first} to {last}"
        yield Suggestion("coverage", f"no step runs {where}: is it needed?", first)
    module = next(
        (m for m in list(sys.modules.values()) if getattr(m, "__file__", None) == str(kata.stub)),
        None,
    )
    if module is None:
        return
    for name, values in traced.calls.items():
        yield from _try(module, name, values)
    if reference is not None:
        yield from _speed(module, reference)


def _try(module: ModuleType, name: str, values: Mapping[str, Any]) -> Iterator[Suggestion]:
    """Call one function of the learner's in other ways, with arguments that a step gave it."""
    import torch

    function: Any = module
    for part in name.split("."):
        function = getattr(function, part, None)
    if not callable(function):
        return
    line = getattr(getattr(function, "__code__", None), "co_firstlineno", 0)

    def call(function: Any, arguments: Mapping[str, Any]) -> Any:  # a learner's function
        torch.manual_seed(0)
        return function(**arguments)

    try:
        want = call(function, _fresh(values))
        again = call(function, _fresh(values))
    except Exception:  # it needs what was there in the step alone
        return
    if not isinstance(want, torch.Tensor) or not torch.equal(want, again):
        return  # nothing to compare with

    def tried(topic: str, way: str, attempt: Callable[[], str]) -> Iterator[Suggestion]:
        try:
            complaint = attempt()
        except Exception as error:
            head = (str(error).strip().splitlines() or [type(error).__name__])[0]
            complaint = f"it raises {type(error).__name__}: {head[:200]}"
        if complaint:
            yield Suggestion(topic, f"{name} {way}: {complaint}", line)

    def compiled() -> str:
        fast = torch.compile(function, backend="eager", fullgraph=True)
        same = torch.allclose(call(fast, _fresh(values)), want, equal_nan=True)
        return "" if same else "the result is another"

    def mapped() -> str:
        names = [key for key, value in values.items() if isinstance(value, torch.Tensor)]
        fixed = {key: value for key, value in _fresh(values).items() if key not in names}

        def one(*tensors: Any) -> Any:  # tensors of a batch
            return function(**fixed, **dict(zip(names, tensors, strict=True)))

        batch = [torch.stack([values[key], values[key]]) for key in names]
        got = torch.func.vmap(one, randomness="same")(*batch)
        same = torch.allclose(got, torch.stack([want, want]), rtol=1e-4, atol=1e-5, equal_nan=True)
        return "" if same else "the result is another"

    def cast(dtype: torch.dtype) -> str:
        got = call(function, _moved(values, dtype))
        if want.dtype is torch.float32 and got.dtype is not dtype:
            return f"the result is {str(got.dtype).removeprefix('torch.')}"
        return ""

    def on_meta() -> str:
        got = call(function, _moved(values, "meta"))
        return "" if got.device.type == "meta" else f"the result is on {got.device}"

    if _can_compile():
        yield from tried("compile", "under torch.compile", compiled)
    yield from tried("vmap", "under torch.func.vmap", mapped)
    yield from tried("dtype", "in float64", lambda: cast(torch.float64))
    yield from tried("dtype", "in bfloat16", lambda: cast(torch.bfloat16))
    yield from tried("meta", "on the meta device", on_meta)


def _can_compile() -> bool:
    import torch

    return hasattr(torch, "compile") and sys.platform != "win32"


def _fresh(values: Mapping[str, Any]) -> dict[str, Any]:
    return copy.deepcopy(dict(values))


def _moved(values: Mapping[str, Any], to: Any) -> dict[str, Any]:  # a dtype or a device
    """The arguments in another dtype or on another device."""
    import torch

    moved = _fresh(values)
    for key, value in moved.items():
        tensor = isinstance(value, torch.Tensor)
        labels = tensor and not value.is_floating_point() and isinstance(to, torch.dtype)
        if (tensor or isinstance(value, torch.nn.Module)) and not labels:
            moved[key] = value.to(to)
    return moved


def _speed(module: ModuleType, place: Path) -> Iterator[Suggestion]:
    """The time of the learner's code over the reference's, on a realistic size.

    `realistic.py` beside the reference `solution.py` has `call(module)`, which prepares such a
    call and returns it, ready to be made.
    """
    if not (place / "realistic.py").is_file() or not (place / "solution.py").is_file():
        return
    realistic, solution = _load(place / "realistic.py"), _load(place / "solution.py")
    try:
        own, reference = realistic.call(module), realistic.call(solution)
        for _ in range(3):
            own(), reference()
    except Exception as error:
        yield Suggestion("speed", f"on a realistic size it raises {type(error).__name__}: {error}")
        return
    ratios = []
    for _ in range(15):  # in turn: whatever else the machine does slows both
        times = []
        for call in (own, reference):
            start = time.perf_counter()
            call()
            times.append(time.perf_counter() - start)
        ratios.append(times[0] / times[1])
    ratio = statistics.median(ratios)
    text = f"on a realistic size it takes {ratio:.1f} times as long as the reference"
    yield Suggestion("speed", text, fact=ratio < SLOWER)


def _load(path: Path) -> Any:  # a module with names that only its author knows
    spec = importlib.util.spec_from_file_location(f"torchkata_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _ranges(numbers: list[int]) -> Iterator[tuple[int, int]]:
    first: int | None = None
    last = 0
    for number in numbers:
        if first is not None and number > last + 1:
            yield first, last
            first = None
        first = number if first is None else first
        last = number
    if first is not None:
        yield first, last


def main() -> None:
    """Print one line of JSON a suggestion."""
    out = os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    reference = Path(sys.argv[2]) if sys.argv[2:] else None
    with os.fdopen(out, "w", encoding="utf-8") as file:
        for suggestion in suggest(metadata.load(Path(sys.argv[1])), reference):
            file.write(json.dumps(asdict(suggestion)) + "\n")
            file.flush()
    with suppress(BaseException):
        sys.stdout.flush()
    os._exit(0)  # threads of the learner's must not keep it


if __name__ == "__main__":
    main()
