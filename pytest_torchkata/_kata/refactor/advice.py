"""Gathers every suggestion on a kata's file."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from .. import courses
from ..metadata import Kata
from . import Suggestion, lint, reading

SECONDS = 180.0


def gather(kata: Kata) -> Iterator[Suggestion]:
    """Every suggestion, the quickest to find first."""
    yield from reading.suggest(kata.stub)
    if lint.available():
        yield from lint.suggest(kata.stub)
    yield from _tried(kata)


def _tried(kata: Kata) -> Iterator[Suggestion]:
    place = reference_of(kata)
    arguments = [str(kata.folder), *([str(place)] if place.is_dir() else [])]
    try:
        result = subprocess.run(
            [sys.executable, "-P", "-m", "pytest_torchkata._kata.refactor.trial", *arguments],
            cwd=courses.course_of(kata.folder.parent),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        yield Suggestion("speed", f"trying it out did not end within {SECONDS:g} seconds")
        return
    for line in result.stdout.splitlines():
        yield Suggestion(**json.loads(line))
    if result.returncode:
        last = (result.stderr.strip().splitlines() or [f"exit code {result.returncode}"])[-1]
        yield Suggestion("coverage", f"it could not be tried out: {last}")


def reference_of(kata: Kata) -> Path:
    """Where the reference solution of `kata` is, in a checkout."""
    return courses.PACKAGE.parent / "tests" / "katas" / kata.name
