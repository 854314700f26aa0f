"""Saves: tells when the contents of a kata's files have changed."""

from __future__ import annotations

import hashlib
import threading
import time
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from .runners import Events

_STEP = 5  # ms without another event until a save counts as done
_SETTLE = 0.3  # s that a file may be empty or missing in the middle of a save


class Saves:
    """Watches a folder from a thread, and says on the queue that something happened there."""

    def __init__(self, events: Events, folder: Path) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, args=(events, folder), daemon=True)
        self._thread.start()

    def _watch(self, events: Events, folder: Path) -> None:
        from watchfiles import watch

        # Rust waits without the GIL, and looks at the stop event between.
        for _ in watch(
            folder,
            watch_filter=lambda _, path: "__pycache__" not in path,
            step=_STEP,
            debounce=200,
            rust_timeout=500,
            stop_event=self._stop,
            recursive=False,
            raise_interrupt=False,
        ):
            events.put(("save", folder))

    def close(self) -> None:
        """Watch no longer."""
        self._stop.set()


def settled(stub: Path) -> None:
    """Wait until `stub` holds something: editors empty or move a file before they write it."""
    deadline = time.monotonic() + _SETTLE
    while time.monotonic() < deadline:
        try:
            if stub.stat().st_size:
                return
        except OSError:
            pass
        time.sleep(0.003)


def contents(folder: Path) -> str:
    """A digest of what a run of the kata in `folder` reads there."""
    digest = hashlib.sha256()
    for path in sorted((*folder.glob("*.py"), *folder.glob("*.toml"), *folder.glob("*.pt"))):
        try:
            data = path.read_bytes()
        except OSError:
            continue
        digest.update(f"{path.name} {len(data)} ".encode() + data)
    return digest.hexdigest()


def setup(course: Path, folder: Path) -> str:
    """A digest of what pytest has read before a kata's own files: its settings and conftests."""
    digest = hashlib.sha256()
    names = ("pyproject.toml", "pytest.toml", ".pytest.toml", "pytest.ini", "tox.ini", "setup.cfg")
    for place in (course, folder.parent, folder):
        for name in (*names, "conftest.py"):
            try:
                digest.update((place / name).read_bytes())
            except OSError:
                digest.update(b"-")
    return digest.hexdigest()


def plugin() -> str:
    """A digest of this package's version and files: it may be upgraded while the watcher runs."""
    package = Path(__file__).parents[2]
    digest = hashlib.sha256()
    with suppress(metadata.PackageNotFoundError):  # a copy that nobody installed
        digest.update(metadata.version("pytest-torchkata").encode())
    for path in sorted(package.rglob("*.py")):
        try:
            digest.update(f"{path} {path.stat().st_mtime_ns} {path.stat().st_size}".encode())
        except OSError:
            continue
    return digest.hexdigest()
