"""A pseudo-terminal for the tests of what a learner sees."""

from __future__ import annotations

import os
import re
import select
import struct
import subprocess
import sys
import time
from pathlib import Path

PATIENCE = 120.0  # seconds; a machine may be busy


class Terminal:
    """A command on a terminal of 80 columns."""

    def __init__(self, course: Path, *arguments: str, rows: int = 30, **environment: str) -> None:
        import fcntl
        import pty
        import termios

        self._own, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", rows, 80, 0, 0))
        # These would win over the size of this terminal; processes of pytest-xdist may have them.
        inherited = {k: v for k, v in os.environ.items() if k not in ("LINES", "COLUMNS")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pytest_torchkata", *arguments],
            cwd=course,
            stdin=other,
            stdout=other,
            stderr=other,
            env={**inherited, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **environment},
            start_new_session=True,
        )
        os.close(other)
        self.text = ""

    def until(self, wanted: str) -> str:
        """The screen once `wanted` is on it: what came since it was cleared last."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            screen = re.sub(r"\x1b\[[0-9;]*m", "", self.text.rpartition("\x1b[2J")[2])
            if wanted in screen:
                return screen
            self._read()
        raise AssertionError(f"no {wanted!r} on the screen: {self.text[-2000:]}")

    def to_the_end(self) -> str:
        """Everything that was printed, once the command has ended."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self._read():
            pass
        return re.sub(r"\x1b\[[0-9;]*m", "", self.text)

    def _read(self) -> bool:
        """Read what is there; False once nothing more can come."""
        if not select.select([self._own], [], [], 0.1)[0]:
            return self.process.poll() is None
        try:
            data = os.read(self._own, 65536)
        except OSError:  # Linux's way to say that the other end is closed
            return False
        self.text += data.decode("utf-8", "replace")
        return bool(data)

    def press(self, key: str) -> None:
        os.write(self._own, key.encode())

    def resize(self, rows: int) -> None:
        import fcntl
        import signal
        import termios

        fcntl.ioctl(self._own, termios.TIOCSWINSZ, struct.pack("HHHH", rows, 80, 0, 0))
        self.process.send_signal(signal.SIGWINCH)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._own)
