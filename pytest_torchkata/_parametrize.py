"""The fixtures `device` and `dtype`: parametrizations of the tests that get them nowhere else."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from ._run import DeviceRun

if TYPE_CHECKING:
    import torch

    from ._variants import Demand, Variant

_OURS = "pytest_torchkata._fixtures"


def parametrize(metafunc: pytest.Metafunc, run: DeviceRun) -> None:
    """Run the test once for each selected device and dtype, where its suite has none of its own.

    Raises:
        pytest.UsageError: a marker with wrong arguments.
    """
    names = [name for name in ("device", "dtype") if _is_ours(name, metafunc)]
    if not names:
        return
    from . import _variants  # torch is loaded only once a test asks for a device or dtype

    variants = _variants.on_devices(["cpu"], None, "")
    if "device" in names:
        demand = demand_of(metafunc.definition)
        selected = run.selected()
        variants = _variants.on_devices(selected, demand, run.told)
        if run.is_auto and selected == ["cpu"] and (demand is None or "cuda" in demand.kinds):
            run.cpu_only.add(metafunc.definition.nodeid)
    values, ids = [], []
    for variant in variants:
        for values_of_one, id_of_one, skip in _with_dtypes(variant, names, metafunc, run):
            # Why a device or dtype is not there; a variant that can run has no reason.
            marks = [pytest.mark.skip(reason=skip)] if skip else []
            values.append(pytest.param(*values_of_one, marks=[*marks, *_for_hypothesis(metafunc)]))
            ids.append(id_of_one)
    # Not a function-scoped fixture: those fail the health check of every @given test.
    metafunc.parametrize(names, values, ids=ids, scope="session")


def _with_dtypes(
    variant: Variant, names: list[str], metafunc: pytest.Metafunc, run: DeviceRun
) -> list[tuple[list[object], str, str]]:
    """The values, the id and the reason to skip of each variant of a test on one device."""
    if "dtype" not in names:
        return [([variant.device], variant.name, variant.skip)]
    from . import _variants, dtypes

    marked = _marked_dtypes(metafunc.definition)
    chosen = _variants.in_dtypes(run.dtypes(), marked)
    reason = ""
    if not chosen:  # the marker's and the run's have none in common
        chosen = (marked or [])[:1]
        reason = f"not in a dtype of this run, which is told {run.dtype_told}"
    rows = []
    for dtype in chosen:
        skip = variant.skip or reason or dtypes.why_not(variant.device, dtype)
        if "device" in names:
            row: list[object] = [variant.device, dtype]
            rows.append((row, f"{variant.name}-{dtypes.name(dtype)}", skip))
        else:
            rows.append(([dtype], dtypes.name(dtype), skip))
    return rows


def demand_of(node: pytest.Item) -> Demand | None:
    """What the test's marker `torchkata_devices` demands, if it has one."""
    marker = node.get_closest_marker("torchkata_devices")
    if marker is None:
        return None
    from ._variants import Demand

    try:
        return Demand.of(marker.args, dict(marker.kwargs))
    except ValueError as error:
        raise _wrong("torchkata_devices", node, error) from None


def device_of(item: pytest.Item) -> str:
    """The device that a test runs on, as far as its parameters and markers say."""
    callspec = getattr(item, "callspec", None)
    device = callspec.params.get("device") if callspec is not None else None
    if device is not None:
        return str(device)
    demand = demand_of(item)
    return demand.kinds[0] if demand is not None else "cpu"


def _marked_dtypes(node: pytest.Item) -> list[torch.dtype] | None:
    marker = node.get_closest_marker("torchkata_dtypes")
    if marker is None:
        return None
    from . import dtypes

    try:
        if not marker.args or marker.kwargs:
            raise ValueError("the arguments are dtypes, as in (torch.float32, torch.float64)")
        return [dtypes.as_dtype(dtype) for dtype in marker.args]
    except ValueError as error:
        raise _wrong("torchkata_dtypes", node, error) from None


def _wrong(marker: str, node: pytest.Item, error: ValueError) -> pytest.UsageError:
    return pytest.UsageError(f"{node.nodeid}: @pytest.mark.{marker}: {error}")


def _for_hypothesis(metafunc: pytest.Metafunc) -> list[pytest.MarkDecorator]:
    """What tells Hypothesis that the variants of a method are not one test run by two objects.

    It looks for this marker, which `metafunc.parametrize` does not leave.
    """
    if "hypothesis" not in sys.modules:
        return []
    from hypothesis import is_hypothesis_test

    if not is_hypothesis_test(metafunc.function):
        return []
    return [pytest.mark.parametrize("device", [])]


def _is_ours(name: str, metafunc: pytest.Metafunc) -> bool:
    """Whether the test asks for the argument and nobody but this plugin provides it.

    Others do so by a fixture (a conftest's, a module's, another plugin's), by `parametrize`, or by
    a `pytest_generate_tests` of their own, which ran before this.
    """
    if name not in metafunc.fixturenames:
        return False
    # pytest has no public way to ask which fixtures a test sees and which arguments are set.
    fixtures = metafunc._arg2fixturedefs.get(name, ())
    is_set = any(name in call.params for call in metafunc._calls)
    return not is_set and all(fixture.func.__module__ == _OURS for fixture in fixtures)
