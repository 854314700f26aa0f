"""The variants of a test: where it runs and in which dtypes, and why not elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from . import devices, dtypes


@dataclass(frozen=True)
class Demand:
    """What `@pytest.mark.torchkata_devices(*kinds, min_count=n)` demands."""

    kinds: tuple[str, ...]
    min_count: int = 1

    @classmethod
    def of(cls, args: Sequence[object], kwargs: dict[str, object]) -> Demand:
        """Read the marker's arguments.

        Raises:
            ValueError: they are no kinds of device and a number.
        """
        count = kwargs.get("min_count", 1)
        kinds = tuple(kind for kind in args if isinstance(kind, str) and ":" not in kind)
        if not kinds or len(kinds) != len(args) or set(kwargs) - {"min_count"}:
            raise ValueError(
                "the arguments are kinds of device and min_count, as in ('cuda', min_count=2)"
            )
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            raise ValueError(f"min_count is a number from 1 on, not {count!r}")
        return cls(kinds, count)


@dataclass(frozen=True)
class Variant:
    """A device to run on, or the reason not to."""

    name: str
    device: torch.device
    skip: str = ""


def on_devices(names: Sequence[str], demand: Demand | None, told: str) -> list[Variant]:
    """One variant for each selected device that the test can run on, or one that is skipped.

    Args:
        names: the selected devices.
        demand: of the test's marker.
        told: how the devices were selected, in words; empty for "auto".
    """
    if demand is None:
        return [Variant(name, devices.as_device(name)) for name in names]
    fitting = [name for name in names if name.partition(":")[0] in demand.kinds]
    if fitting:
        return [
            Variant(name, devices.as_device(name), _too_few(name, demand.min_count))
            for name in fitting
        ]
    kind = demand.kinds[0]
    return [Variant(kind, devices.as_device(kind), why_none(demand, told))]


def why_none(demand: Demand, told: str) -> str:
    """Why a test that demands these devices does not run where none of them is selected."""
    wanted = " or ".join(map(devices.label, demand.kinds))
    if told:
        return f"needs {wanted}; this run is told {told}"
    return f"needs {_counted(demand.min_count, wanted)}; none here"


def _too_few(name: str, needed: int) -> str:
    kind = name.partition(":")[0]
    counts = {accelerator.kind: accelerator.count for accelerator in devices.accelerators()}
    count = counts.get(kind, 1)
    if count >= needed:
        return ""
    return f"needs {_counted(needed, devices.label(kind))}; {count} here"


def _counted(count: int, label: str) -> str:
    return f"a {label} device" if count == 1 else f"{count} {label} devices"


def in_dtypes(
    wanted: Sequence[torch.dtype] | None, marked: Sequence[torch.dtype] | None
) -> list[torch.dtype]:
    """The dtypes of a test: the marker's, of which those the run is told; empty if none is left.

    Args:
        wanted: what the command line or the ini file says; None for nothing.
        marked: what the test's marker says; None for no marker.
    """
    if marked is None:
        return dtypes.select("auto") if wanted is None else list(wanted)
    return list(marked) if wanted is None else dtypes.among(wanted, marked)
