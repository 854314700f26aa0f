"""Dated copies of what a learner wrote: made before anything replaces it."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

from .progress import FOLDER


def keep(path: Path, course: Path) -> Path:
    """Copy `path`, a file of `course`, and return the copy. No earlier copy is replaced."""
    stamp = datetime.now().strftime("%Y-%m-%dT%H-%M-%S")
    folder = course / FOLDER / "kept" / path.parent.relative_to(course)
    folder.mkdir(parents=True, exist_ok=True)
    copy, count = folder / f"{path.stem}.{stamp}{path.suffix}", 1
    while copy.exists():
        count += 1
        copy = folder / f"{path.stem}.{stamp}-{count}{path.suffix}"
    shutil.copy2(path, copy)
    return copy
