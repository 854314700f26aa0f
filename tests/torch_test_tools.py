"""torch's own databases of operators and modules, and how to have them without their side effects.

Loading them changes the process for good: torch's test tools load a profile of Hypothesis's, freeze
the flags of `torch.backends` and wrap the calls of scripted functions. So what uses them is a
script, which a test runs in a process of its own.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import types
import unittest
from pathlib import Path
from typing import Any


def numbers_printed_by(script: str, part: int, parts: int) -> list[int]:
    """Run a script of this folder on one part of a database; it has to succeed."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name(script)), str(part), str(parts)],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [int(number) for number in done.stdout.split()]


def operator_database() -> list[Any]:
    """torch's operators, each with samples of its inputs."""
    _stand_in_for_expecttest()
    from torch.testing._internal import common_methods_invocations

    return list(common_methods_invocations.op_db)


def module_database() -> list[Any]:
    """torch's modules, each with samples of its arguments and inputs."""
    _stand_in_for_expecttest()
    from torch.testing._internal import common_modules

    return list(common_modules.module_db)


def _stand_in_for_expecttest() -> None:
    """Spare an install: it is needed for nothing but the base class of torch's own TestCase."""
    if importlib.util.find_spec("expecttest") is None:
        stand_in = types.ModuleType("expecttest")
        stand_in.TestCase = unittest.TestCase  # type: ignore[attr-defined]  # as the real one has
        sys.modules["expecttest"] = stand_in
