"""Where the first look at a property leaves a failing case for the second one to shrink."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis.database import ExampleDatabase

# Hypothesis keeps shrunk cases under a test's key and others beside it. What it finds under the
# key itself it takes for shrunk, and shows as it is.
_UNSHRUNK = b".secondary"


class Unshrunk(ExampleDatabase):
    """Hands everything to another database, new cases as ones that are not shrunk yet."""

    def __init__(self, inner: ExampleDatabase) -> None:
        super().__init__()
        self._inner = inner

    def fetch(self, key: bytes) -> Iterable[bytes]:
        """The values under `key`."""
        return self._inner.fetch(key)

    def save(self, key: bytes, value: bytes) -> None:
        """Save a case: beside its test's key."""
        self._inner.save(key if key.endswith(_UNSHRUNK) else key + _UNSHRUNK, value)

    def delete(self, key: bytes, value: bytes) -> None:
        """Remove a case."""
        self._inner.delete(key, value)
