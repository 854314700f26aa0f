"""Every option, ini key and marker of the plugin, declared in one place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pytest

# Those of _kata.metadata, which is not loaded where there are no katas.
_LANGUAGES = ("en", "ko")


def add(parser: pytest.Parser) -> None:
    """Declare the options and ini keys."""
    group = parser.getgroup("torchkata", "PyTorch (pytest-torchkata)")
    group.addoption(
        "--torchkata-device",
        metavar="DEVICES",
        default=None,
        help="devices for the fixture `device`: names separated by commas, or all (default: auto)",
    )
    parser.addini("torchkata_device", "default of --torchkata-device", default="auto")
    group.addoption(
        "--torchkata-lang",
        choices=_LANGUAGES,
        default=None,
        help="language that a kata speaks (default: by LC_ALL, LC_MESSAGES, LANG)",
    )
    parser.addini("torchkata_lang", "default of --torchkata-lang", default="")
    group.addoption(
        "--torchkata-dtype",
        metavar="DTYPES",
        default=None,
        help="dtypes for the fixture `dtype`: names separated by commas, or floating, complex, "
        "integral, all (default: float32 and float64, or what a test's marker says)",
    )
    parser.addini("torchkata_dtype", "default of --torchkata-dtype", default="auto")
    group.addoption(
        "--torchkata-seed",
        metavar="SEED",
        default=None,
        help="seed of the run, from which each test's own is derived: a number, random, or off "
        "(default: 0, or pytest-randomly's)",
    )
    group.addoption(
        "--torchkata-artifacts",
        metavar="DIR",
        default=None,
        help="save a heat map of each failed comparison in this folder (needs matplotlib)",
    )
    parser.addini("torchkata_seed", "default of --torchkata-seed", default="auto")
    group.addoption(
        "--torchkata-guard",
        metavar="MODE",
        default=None,
        help="what to do about global state of torch that a test leaves changed: off, restore or "
        "fail (default: off)",
    )
    parser.addini(
        "torchkata_guard",
        "default of --torchkata-guard; a line 'FOLDER MODE' is for the tests below that folder",
        type="linelist",
        default=[],
    )


_MARKERS = {
    "torchkata_deterministic()": "compute with deterministic algorithms only",
    "torchkata_devices(*kinds, min_count=1)": "run on these kinds of device only, as in "
    "('cuda', min_count=2); skipped where they are not",
    "torchkata_dtypes(*dtypes)": "the dtypes of the fixture `dtype`, or their names",
    "torchkata_forbid(*operations, within=None, reason=None, hint=None)": "a call of these fails",
    "torchkata_guard(mode)": "off, restore or fail: what to do about global state of torch that "
    "this test leaves changed",
    "torchkata_memory(size)": "skipped where less memory is free on the test's device, as in '8GB'",
    "torchkata_require(*operations, within=None, times=None)": "each of these must be called",
}


def register_markers(config: pytest.Config) -> None:
    """Declare the markers."""
    for marker, text in _MARKERS.items():
        config.addinivalue_line("markers", f"{marker}: {text}")


# The names of those that guard a test.
GUARDS = ("torchkata_forbid", "torchkata_require")


def marked(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """The tests that have a marker of this plugin; one look at each, since most have none."""
    return [
        item
        for item in items
        if any(marker.name.startswith("torchkata_") for marker in item.iter_markers())
    ]


@dataclass(frozen=True)
class Options:
    """What the command line and the ini file ask for."""

    device: str
    dtype: str
    seed: str
    lang: str  # of katas; empty for the locale's

    @classmethod
    def of(cls, config: pytest.Config) -> Options:
        """Read them: the command line wins over the ini file."""
        options = cls(*(_read(config, name) for name in ("device", "dtype", "seed", "lang")))
        if options.lang not in ("", *_LANGUAGES):  # only the ini key: pytest checks the option
            raise pytest.UsageError(
                f"torchkata_lang = {options.lang!r}: a kata speaks {' or '.join(_LANGUAGES)}"
            )
        return options


def source(config: pytest.Config, name: str) -> str:
    """Where the value of an option was said: `--torchkata-x`, or the ini key `torchkata_x`."""
    option = f"--torchkata-{name}"
    return option if config.getoption(option) is not None else f"torchkata_{name}"


def _read(config: pytest.Config, name: str) -> str:
    value = config.getoption(f"--torchkata-{name}")
    return str(config.getini(f"torchkata_{name}") if value is None else value)
