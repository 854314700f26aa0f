"""What ruff finds in the learner's file, where ruff is installed."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

from . import Suggestion

# Likely bugs and simpler ways to say the same; no matters of taste.
_RULES = "F,E7,E9,B,C4,PIE,RET,SIM,UP"


def available() -> bool:
    """Whether ruff can be run."""
    return importlib.util.find_spec("ruff") is not None


def suggest(path: Path) -> list[Suggestion]:
    """Ruff's findings in the file `path`."""
    options = ["--isolated", "--no-cache", "--output-format=json", f"--select={_RULES}"]
    result = subprocess.run(
        [sys.executable, "-m", "ruff", "check", *options, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    try:
        found = json.loads(result.stdout)
    except ValueError:
        return [Suggestion("ruff", f"ruff could not be run: {result.stderr.strip()}")]
    return [
        Suggestion("ruff", f"{one['code']} {one['message']}", one["location"]["row"])
        for one in found
    ]
