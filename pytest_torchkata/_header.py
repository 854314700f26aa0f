"""The plugin's line in pytest's header."""

from __future__ import annotations

import importlib.metadata
import sys


def line(wanted: str, seed: str) -> str:
    """The header's line: torch's version, the devices selected, the seed.

    Args:
        wanted: the value of `--torchkata-device`.
        seed: what to say of the run's seed.

    Torch is not imported for it: `auto` is spelled out only where that takes no import.
    """
    version = torch_version()
    return f"torchkata: torch {version}, devices {_devices(wanted, version)}, seed {seed}"


def torch_version() -> str:
    """The version of torch that is loaded or, without loading it, the one installed."""
    torch = sys.modules.get("torch")
    if torch is not None:
        return str(torch.__version__)
    try:
        return importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _devices(wanted: str, version: str) -> str:
    if wanted not in ("auto", "all"):
        return ", ".join(name.strip() for name in wanted.split(","))
    if "torch" in sys.modules:
        from . import devices

        return ", ".join(devices.select(wanted))
    # A wheel from PyTorch's CPU index can have no accelerator.
    return "cpu" if version.endswith("+cpu") else wanted
