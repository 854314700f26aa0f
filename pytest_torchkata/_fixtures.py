"""The fixtures. Each is registered only where no other plugin has one of that name."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import numpy
    import torch


@pytest.fixture(scope="session")
def device(request: pytest.FixtureRequest) -> torch.device:
    """The device to test on: the test runs once for each that --torchkata-device selects."""
    # A parametrization stands before this fixture, except where pytest has none: in a unittest
    # and in `request.getfixturevalue`.
    from . import devices
    from ._options import Options

    return devices.as_device(devices.select(Options.of(request.config).device)[0])


@pytest.fixture(scope="session")
def dtype(request: pytest.FixtureRequest) -> torch.dtype:
    """The dtype to test in: the test runs once for each that --torchkata-dtype selects."""
    from . import dtypes
    from ._options import Options

    return dtypes.select(Options.of(request.config).dtype)[0]


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> numpy.random.Generator:
    """A NumPy generator, seeded for this test as torch and `random` are."""
    import numpy

    from . import _seeding

    return numpy.random.default_rng(_seeding.seed_for_fixture(request))


@pytest.fixture
def deterministic() -> Iterator[None]:
    """Only deterministic algorithms, cuDNN and cuBLAS included, until the test is over."""
    from .determinism import deterministic

    with deterministic():
        yield


def register(config: pytest.Config) -> None:
    """Offer the fixtures that no other plugin defines; a conftest's win by themselves."""
    others = config.pluginmanager.get_plugins()
    holder = ModuleType("pytest_torchkata fixtures")
    for fixture in (device, dtype, rng, deterministic):
        name = fixture.__name__
        if not any(isinstance(getattr(other, name, None), type(fixture)) for other in others):
            setattr(holder, name, fixture)
    config.pluginmanager.register(holder, "torchkata-fixtures")
