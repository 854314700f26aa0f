"""On which devices a run was told to test, on which it did, and what it says of that at its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import pytest

from ._options import Options, source

if TYPE_CHECKING:
    import torch

_NOTE = "torchkata_device"  # attribute of a report: xdist carries it to the controller


@dataclass
class DeviceRun:
    """One run's devices and dtypes: what it was told, and what its reports say."""

    device: str  # the value of --torchkata-device
    dtype: str  # the value of --torchkata-dtype
    device_source: str  # which option or ini key said so
    dtype_source: str
    cpu_only: set[str] = field(default_factory=set)  # test functions that lack an accelerator here
    ran_on: set[str] = field(default_factory=set)
    with_variant: int = 0

    @classmethod
    def of(cls, config: pytest.Config) -> DeviceRun:
        """What the command line and the ini file say."""
        options = Options.of(config)
        return cls(options.device, options.dtype, source(config, "device"), source(config, "dtype"))

    @property
    def is_auto(self) -> bool:
        """Whether no device was asked for by name."""
        return self.device.strip() in ("auto", "all")

    @property
    def told(self) -> str:
        """How devices were asked for by name, in words, if they were."""
        return "" if self.is_auto else f"{self.device_source}={self.device}"

    @property
    def dtype_told(self) -> str:
        """How dtypes were asked for by name, in words."""
        return f"{self.dtype_source}={self.dtype}"

    @cached_property
    def named(self) -> list[str]:
        """The kinds of device that were asked for by name, the CPU aside."""
        kinds = [name.strip().partition(":")[0] for name in self.device.split(",")]
        return [kind for kind in dict.fromkeys(kinds) if kind not in ("", "auto", "all", "cpu")]

    def check(self) -> None:
        """Refuse devices that are not here and unknown dtypes, before anything is collected."""
        if self.device.strip() not in ("auto", "all", "cpu"):  # always here: no need of torch
            _checked(self.device_source, self.selected)
        _checked(self.dtype_source, self.dtypes)

    def selected(self) -> list[str]:
        """The names of the selected devices."""
        from . import devices

        return devices.select(self.device)

    def dtypes(self) -> list[torch.dtype] | None:
        """The dtypes that were asked for by name, if they were."""
        if self.dtype == "auto":
            return None
        from . import dtypes

        return dtypes.select(self.dtype)

    def note(self, item: pytest.Item, report: pytest.TestReport) -> None:
        """Write into a report on which kind of device its test ran."""
        device = getattr(item, "funcargs", {}).get("device")
        if device is not None:
            function = item.nodeid.partition("[")[0]
            setattr(report, _NOTE, [str(device).partition(":")[0], function in self.cpu_only])
        elif self.named:
            marker = item.get_closest_marker("torchkata_devices")
            if marker is not None and len(marker.args) == 1:
                setattr(report, _NOTE, [marker.args[0], False])

    def record(self, report: pytest.TestReport) -> None:
        """Read what `note` wrote, here or in another process."""
        kind, cpu_only = getattr(report, _NOTE, (None, False))
        if kind is not None and report.when == "call" and not report.skipped:
            self.ran_on.add(kind)
            self.with_variant += cpu_only

    def unmet(self) -> str:
        """The complaint that no test ran on a device that was asked for by name, or nothing."""
        missed = [kind for kind in self.named if kind not in self.ran_on]
        if not missed:
            return ""
        return (
            f"no test ran on {' or '.join(missed)}, though {self.device_source} = "
            f"{self.device!r} asks for it. Tests run on it when they ask for the fixture `device`."
        )

    def left_out(self) -> str:
        """What was not run for lack of hardware, or nothing."""
        if not self.with_variant:
            return ""
        tests = "1 test has" if self.with_variant == 1 else f"{self.with_variant} tests have"
        return f"{tests} a CUDA variant; no CUDA device here"


def _checked(source: str, select: object) -> None:
    assert callable(select)
    try:
        select()
    except ValueError as error:
        raise pytest.UsageError(f"{source}: {error}") from None
