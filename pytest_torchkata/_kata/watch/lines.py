"""Lines of JSON over a file descriptor: what the watcher's processes say to each other."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

Message = Mapping[str, Any]  # whatever JSON holds; each reader takes the keys it knows


def send(descriptor: int, **message: object) -> None:
    """Write one message."""
    data = json.dumps(message).encode() + b"\n"
    while data:
        data = data[os.write(descriptor, data) :]


class Reader:
    """Puts the bytes that arrive together to messages."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[Message]:
        """The messages that `data` completes. A line that is none is passed over."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            try:
                message = json.loads(line)
            except ValueError:  # half a line of a process that was killed
                continue
            if isinstance(message, dict):
                yield message
