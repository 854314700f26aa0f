"""When a run seeds what: from its own seed, or from that of pytest-randomly."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

import pytest

from . import _current, seeds
from ._options import source


@dataclass(frozen=True)
class Seeding:
    """How the tests of one run are seeded."""

    run_seed: int | None  # None: not at all, or by pytest-randomly
    randomly_seed: int | None  # of pytest-randomly, where that one seeds the run

    @classmethod
    def of(cls, config: pytest.Config, wanted: str) -> Seeding:
        """Decide: a seed that is asked for, else pytest-randomly's if it runs, else 0.

        Args:
            config: of the run.
            wanted: the value of `--torchkata-seed`, "auto" by default.

        Raises:
            pytest.UsageError: the value is no seed.
        """
        if wanted == "auto":
            randomly = config.pluginmanager.hasplugin("randomly")
            if randomly and config.getoption("randomly_reset_seed", False):
                return cls(None, config.getoption("randomly_seed"))
            return cls(0, None)
        workerinput: dict[str, int | None] | None = getattr(config, "workerinput", None)
        if workerinput is not None:  # "random" was decided where the run was started
            return cls(workerinput["torchkata_seed"], None)
        try:
            return cls(seeds.parse(wanted), None)
        except ValueError as error:
            raise pytest.UsageError(f"{source(config, 'seed')}: {error}") from None

    def __str__(self) -> str:
        if self.randomly_seed is not None:
            return f"{self.randomly_seed} of pytest-randomly"
        return "off" if self.run_seed is None else str(self.run_seed)

    def seed_of(self, item: pytest.Item, setup: bool = False) -> int | None:
        """The seed of a test, or of its set-up, if this plugin seeds it.

        What the fixtures draw must not be what the test itself will draw.
        """
        if self.run_seed is None:
            return None
        seed = seeds.derive(self.run_seed, _name(item))
        return seed ^ 1 if setup else seed

    def explain(self, item: pytest.Item, report: pytest.TestReport) -> None:
        """Add to the report of a failure how to repeat it, where random numbers of torch count."""
        seeded = self.run_seed is not None or self.randomly_seed is not None
        if seeded and "torch" in sys.modules:
            report.sections.append(("torchkata", f"again: {self.repeat(item)}"))

    def repeat(self, item: pytest.Item) -> str:
        """The command that repeats the test."""
        from ._repeat import Repeat

        config = item.config
        file, _, name = _name(item).partition("::")
        path = os.path.relpath(config.rootpath / file, config.invocation_params.dir)
        options = []
        if config.getoption("--torchkata-device") is not None:
            options.append(f"--torchkata-device={config.getoption('--torchkata-device')}")
        if self.randomly_seed is not None:
            options.append(f"--randomly-seed={self.randomly_seed}")
        elif self.run_seed is not None:
            options.append(f"--torchkata-seed={self.run_seed}")
        return str(Repeat(path, f"::{name}", tuple(options)))


KEY = pytest.StashKey[Seeding]()  # where a config has its run's


def seed_current() -> bool:
    """Seed as the test that runs should start; whether this plugin seeds it.

    When it is about to be set up or called, and again when pytest-randomly has reseeded or torch
    was imported.
    """
    if "torch" not in sys.modules:
        return False
    test = _current.test()
    if test is None:
        return False
    seed = test.item.config.stash[KEY].seed_of(test.item, test.in_setup)
    if seed is None:
        return False
    seeds.seed_all(seed)
    return True


def seed_for_fixture(request: pytest.FixtureRequest) -> int:
    """The seed of a generator that one test gets: neither its own nor its set-up's."""
    seeding = request.config.stash[KEY]
    run_seed = seeding.run_seed if seeding.run_seed is not None else seeding.randomly_seed
    if run_seed is None:  # off
        return seeds.new()
    return seeds.derive(run_seed, f"{_name(request.node)}:{request.fixturename}")


def reseed_for_randomly(seed: int) -> None:
    """What pytest-randomly calls after it has seeded the rest (its entry point).

    A seed that was asked for by `--torchkata-seed` wins over its seed, for all generators.
    """
    if not seed_current():
        seeds.seed_torch(seed % seeds.SEEDS)


def _name(item: pytest.Item) -> str:
    """The test's node id, without the group that xdist appends to it under `--dist loadgroup`."""
    marker = item.get_closest_marker("xdist_group") if "@" in item.nodeid else None
    return item.nodeid if marker is None else item.nodeid.rpartition("@")[0]
