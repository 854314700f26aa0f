"""Seeds: each test starts from random numbers that depend on the run's seed and its name alone.

Nothing here imports torch or NumPy: what is not loaded needs no seed.
"""

from __future__ import annotations

import functools
import os
import random
import sys
from hashlib import blake2b
from typing import Any

SEEDS = 2**32  # NumPy's legacy generator takes no larger seed


def parse(wanted: str) -> int | None:
    """The run's seed: a number, "random" for a new one, or None for "off" (nothing is seeded).

    Raises:
        ValueError: none of these.
    """
    if wanted == "off":
        return None
    if wanted == "random":
        return new()
    if not (wanted.isascii() and wanted.isdigit()) or int(wanted) >= SEEDS:
        raise ValueError(f"{wanted!r} is no seed: a number from 0 to {SEEDS - 1}, random or off.")
    return int(wanted)


def new() -> int:
    """A seed that nobody can foresee."""
    return int.from_bytes(os.urandom(4))


def derive(run_seed: int, test: str) -> int:
    """A test's own seed, from the run's seed and the test's node id.

    The same whatever runs before, beside or after it. 0 <= seed < 2**32.
    """
    digest = blake2b(f"{run_seed}:{test}".encode(errors="surrogatepass"), digest_size=4).digest()
    return int.from_bytes(digest)


def seed_all(seed: int) -> None:
    """Seed `random`, NumPy's legacy generator and torch on every device, as far as loaded.

    Does what `random.seed`, `numpy.random.seed` and `torch.manual_seed` do, in microseconds:
    `torch.manual_seed` spends 80 to 440 of them on a formatted stack trace that it keeps in case
    CUDA is initialised later.

    Args:
        seed: 0 <= seed < 2**32.
    """
    random.seed(seed)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        # Loads numpy.random, once: unseeded, its first use in a test would ask the system.
        numpy.random.seed(seed)
    seed_torch(seed)


def seed_torch(seed: int) -> None:
    """Seed torch's generators on the CPU and on each accelerator, now or once it is initialised."""
    torch: Any = sys.modules.get("torch")
    cpu = getattr(torch, "default_generator", None)  # None too while torch is being imported
    if cpu is None:
        return
    cpu.manual_seed(seed)
    for back_end in _back_ends(torch):
        if back_end.is_initialized():
            for generator in back_end.default_generators:
                generator.manual_seed(seed)
        else:
            _seed_once_initialised(back_end)
    if torch._C._has_mps:
        for generator in _mps_generators(torch):
            generator.manual_seed(seed)


def accelerator_generators(torch: Any) -> list[Any]:
    """The default generators of the accelerators that this process has initialised.

    Args:
        torch: the module `torch`, which this one must not import. It is typed loosely because
            its back ends are attributes that depend on the build.
    """
    generators: list[Any] = []
    for back_end in _back_ends(torch):
        if back_end.is_initialized():
            generators += back_end.default_generators
    return generators + _mps_generators(torch)


def _mps_generators(torch: Any) -> list[Any]:
    available = torch._C._has_mps and torch.backends.mps.is_available()
    return [torch.mps._get_default_mps_generator()] if available else []


def _back_ends(torch: Any) -> tuple[Any, ...]:
    """The modules of the accelerators that this build of torch was compiled for, MPS aside."""
    return _compiled(getattr(torch, "cuda", None), getattr(torch, "xpu", None))


@functools.cache  # asked for before every test
def _compiled(*modules: Any) -> tuple[Any, ...]:
    return tuple(module for module in modules if module is not None and module._is_compiled())


@functools.cache
def _seed_once_initialised(back_end: Any) -> None:
    """Have a back end start from the CPU's seed, whichever it is when it is initialised.

    Queued once a process: each entry of the queue costs a formatted stack trace, which is what
    makes `torch.manual_seed` slow.
    """

    def seed_like_the_cpu() -> None:
        seed = sys.modules["torch"].default_generator.initial_seed()
        for generator in back_end.default_generators:
            generator.manual_seed(seed)

    back_end._lazy_call(seed_like_the_cpu)


class TorchRandom:
    """Torch's generators as one object with the methods of `random.Random` that Hypothesis needs.

    Hypothesis saves the state before each example, seeds, and puts the state back after it, so
    that a falsifying example sees the same numbers when it is replayed.
    """

    def seed(self, seed: int) -> None:
        """Seed every generator."""
        seed_torch(seed)

    def getstate(self) -> list[tuple[Any, Any]]:
        """Each generator with its state; empty while torch is not loaded."""
        torch = sys.modules.get("torch")
        cpu = getattr(torch, "default_generator", None)
        if cpu is None:
            return []
        generators = [cpu, *accelerator_generators(torch)]
        return [(generator, generator.get_state()) for generator in generators]

    def setstate(self, state: list[tuple[Any, Any]]) -> None:
        """Put back what `getstate` returned; generators that appeared since keep theirs."""
        for generator, saved in state:
            generator.set_state(saved)
