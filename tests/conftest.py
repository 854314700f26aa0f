"""Shared set-up of the project's own tests."""

from __future__ import annotations

import sys
from collections.abc import Callable

import hypothesis  # noqa: F401  loading it anew for each in-process run takes seconds
import pytest
import torch  # noqa: F401  loading it anew crashes
from _pytest import pytester

pytest_plugins = ["pytester"]


class InstalledStay(pytester.SysModulesSnapshot):
    """What an in-process run leaves loaded: all but the modules of its own folder.

    pytester drops every module that a run was the first to load. Parts of torch cannot be loaded
    twice (they register operators, or compare classes with those of their first copy), and then a
    later test fails for what an earlier one did.
    """

    def __init__(self, preserve: Callable[[str], bool] | None = None) -> None:
        super().__init__(preserve=installed)


def installed(name: str) -> bool:
    """Whether the loaded module `name` comes from an installed package."""
    top = name.partition(".")[0]
    file = getattr(sys.modules.get(top), "__file__", None) or ""
    return top == "pytest_torchkata" or top in sys.stdlib_module_names or "site-packages" in file


@pytest.fixture(scope="session", autouse=True)
def _modules_stay() -> None:
    """Make every in-process run of the session leave what is installed loaded."""
    pytester.SysModulesSnapshot = InstalledStay  # type: ignore[misc]  # pytester has no other way


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that says it has two CUDA devices."""
    from pytest_torchkata import devices

    found = (devices.Accelerator("cuda", 2),)
    monkeypatch.setattr(devices, "accelerators", lambda: found)


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without accelerators."""
    from pytest_torchkata import devices

    monkeypatch.setattr(devices, "accelerators", lambda: ())
