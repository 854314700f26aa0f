"""The markers `torchkata_forbid` and `torchkata_require`: guards around a test."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ._forbid import forbid, require

# Any: the two differ in what they take.
GUARDS: dict[str, Any] = {"torchkata_forbid": forbid, "torchkata_require": require}


@dataclass(frozen=True)
class Mark:
    """A marker as the test has it."""

    name: str
    args: tuple[Any, ...]  # Any: whatever the author wrote; `forbid` says what is wrong
    kwargs: dict[str, Any]


@contextmanager
def guarded(marks: Iterable[Mark], folder: Path) -> Iterator[None]:
    """Run a test inside the guards that its markers ask for.

    Args:
        marks: the markers, outermost first.
        folder: the test's: a relative `within` starts there.
    """
    __tracebackhide__ = True
    with ExitStack() as stack:
        for mark in marks:
            kwargs = dict(mark.kwargs)
            within = kwargs.get("within")
            if isinstance(within, str) and (folder / within).exists():
                kwargs["within"] = folder / within
            stack.enter_context(GUARDS[mark.name](*mark.args, **kwargs))
        yield
