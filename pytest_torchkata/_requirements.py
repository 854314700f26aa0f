"""What a test's markers require before it runs: devices, free memory, deterministic algorithms."""

from __future__ import annotations

import re
import sys
from collections.abc import Generator, Sequence

import pytest

from ._parametrize import demand_of, device_of
from ._run import DeviceRun
from ._workers import GpuTurns, Worker

_UNITS = {"": 1, "kB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}


def read_markers(
    config: pytest.Config, items: Sequence[pytest.Item], run: DeviceRun, worker: Worker | None
) -> None:
    """Skip the tests whose devices are not selected, and look after those with other markers.

    Raises:
        pytest.UsageError: a marker with wrong arguments.
    """
    needs_memory: dict[pytest.Item, int] = {}
    deterministic: set[pytest.Item] = set()
    alone: dict[pytest.Item, int] = {}
    for item in items:
        demand = demand_of(item)
        if demand is not None and demand.min_count > 1 and device_of(item).startswith("cuda"):
            alone[item] = demand.min_count
        _skip_without_devices(item, run)
        memory = item.get_closest_marker("torchkata_memory")
        if memory is not None:
            needs_memory[item] = _size(memory, item)
        if item.get_closest_marker("torchkata_deterministic") is not None:
            deterministic.add(item)
    if needs_memory or deterministic:  # nothing is in the way of runs without such tests
        config.pluginmanager.register(_Requirements(needs_memory, deterministic))
    if alone and worker is not None:
        config.pluginmanager.register(GpuTurns(worker, alone))


class _Requirements:
    """The hooks of a run that has tests with such markers."""

    def __init__(self, needs_memory: dict[pytest.Item, int], deterministic: set[pytest.Item]):
        self.needs_memory = needs_memory
        self.deterministic = deterministic

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if item in self.needs_memory:
            from . import devices

            device = device_of(item)
            free = devices.free_memory(device)
            needed = self.needs_memory[item]
            if free is not None and free < needed:
                pytest.skip(f"needs {_said(needed)} of memory on {device}; {_said(free)} free")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        if item not in self.deterministic:
            return (yield)
        from .determinism import deterministic

        with deterministic():
            return (yield)


def explain(caught: pytest.ExceptionInfo[BaseException] | None, report: pytest.TestReport) -> None:
    """Add to the report of a failure which operation has no deterministic form, if that is why."""
    if "torch" not in sys.modules or caught is None:
        return
    from .determinism import operation_without

    if operation := operation_without(caught.value):
        text = f"{operation} has no deterministic form; compute it another way in this test"
        report.sections.append(("torchkata", text))


def _skip_without_devices(item: pytest.Item, run: DeviceRun) -> None:
    callspec = getattr(item, "callspec", None)
    if callspec is not None and "device" in callspec.params:
        return  # its variants were chosen already
    demand = demand_of(item)
    if demand is None:
        return
    from . import _variants

    reasons = [variant.skip for variant in _variants.on_devices(run.selected(), demand, run.told)]
    if all(reasons):  # a variant that can run has none
        item.add_marker(pytest.mark.skip(reason=reasons[0]))


def _size(marker: pytest.Mark, item: pytest.Item) -> int:
    text = str(marker.args[0]) if len(marker.args) == 1 and not marker.kwargs else ""
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?(|kB|MB|GB|TB)", text)
    if found is None:
        raise pytest.UsageError(
            f"{item.nodeid}: @pytest.mark.torchkata_memory takes a number of bytes or a size in "
            "kB, MB, GB or TB, as in '8GB'"
        )
    return int(float(found[1]) * _UNITS[found[2]])


def _said(size: int) -> str:
    unit = next(unit for unit, factor in reversed(_UNITS.items()) if size >= factor or not unit)
    return f"{size / _UNITS[unit]:.3g} {unit or 'bytes'}"
