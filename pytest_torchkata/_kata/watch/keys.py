"""Keys: one letter at a time, from a terminal."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .runners import Events


@contextmanager
def listening(events: Events) -> Iterator[None]:
    """Put each key on the queue while the block runs. Without a terminal, there are none."""
    if not sys.stdin.isatty():
        yield
        return
    try:
        import termios
        import tty
    except ImportError:
        threading.Thread(target=_windows, args=(events,), daemon=True).start()
        yield
        return
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    tty.setcbreak(descriptor)  # not raw: Ctrl-C stays a signal
    threading.Thread(target=_posix, args=(events, descriptor), daemon=True).start()
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _posix(events: Events, descriptor: int) -> None:
    try:
        while data := os.read(descriptor, 64):
            for letter in data.decode("utf-8", "ignore"):
                events.put(("key", letter))
    except OSError:
        pass
    events.put(("key", "closed"))  # the terminal is gone


def _windows(events: Events) -> None:
    import msvcrt  # there on Windows alone

    while True:
        events.put(("key", msvcrt.getwch()))  # type: ignore[attr-defined]  # mypy runs elsewhere
