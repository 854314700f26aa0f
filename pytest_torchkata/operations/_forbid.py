"""`forbid` and `require`: operations that a block may not, or must, call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from ._names import operations as named
from ._origin import Scope, Within
from ._watch import Use, Watch

Explanation = str | Mapping[str, str]

# A block that ends by one of these was ended from outside; what it did wrong comes second.
_FROM_OUTSIDE = ("KeyboardInterrupt", "SystemExit", "GeneratorExit", "StopTest", "Exit")


class ForbiddenOperation(AssertionError):
    """An operation was called that is forbidden here."""


class MissingOperation(AssertionError):
    """An operation was not called, or not as often as required."""


@contextmanager
def forbid(
    *operations: str | Callable[..., object],
    within: Within | Sequence[Within] | None = None,
    reason: Explanation | None = None,
    hint: Explanation | None = None,
) -> Iterator[None]:
    """Raise `ForbiddenOperation` where one of `operations` is called inside the block.

    A call counts under every name of the operation: function, method, operator, property,
    module, in place, `out=`, `torch.ops.aten`. Code that catches the exception gains nothing:
    the block ends with it.

    Args:
        operations: names such as "torch.nn.functional.linear", "torch.Tensor.backward", "@",
            "torch.nn.Linear", "torch.utils.data.DataLoader", or a whole namespace: "torch.optim".
        within: a file, folder or module, or several: only calls that come from there count.
            What torch calls in turn does not, nor does what the test itself calls.
        reason: why it is forbidden, for the message; or a mapping from names to reasons.
        hint: what to read or do instead, likewise.

    Raises:
        ForbiddenOperation: at the call, and again at the end of the block if it was caught.
        ValueError: torch has no operation of that name; `within` leads to no file.
    """
    __tracebackhide__ = True
    first: list[ForbiddenOperation] = []

    def listener(use: Use) -> None:
        error = ForbiddenOperation(_message(use, reason, hint))
        first.append(error)
        raise error

    watch = Watch(named(operations), Scope.of(within), listener)
    watch.start()
    try:
        yield
    except BaseException as error:
        watch.stop()
        if first and error not in first and type(error).__name__ not in _FROM_OUTSIDE:
            raise first[0] from error
        raise
    watch.stop()
    if first:
        raise first[0]


@contextmanager
def require(
    *operations: str | Callable[..., object],
    within: Within | Sequence[Within] | None = None,
    times: int | None = None,
) -> Iterator[None]:
    """Raise `MissingOperation` at the end of the block unless each of `operations` was called.

    Args:
        operations: names as for `forbid`.
        within: as for `forbid`: whose calls count.
        times: exactly how often; at least once if None.

    Raises:
        MissingOperation: an operation was never called, or not `times` times. Not raised when
            the block ends with an exception of its own.
        ValueError: torch has no operation of that name; `times` is negative.
    """
    __tracebackhide__ = True
    if times is not None and times < 0:
        raise ValueError(f"times={times!r} must be at least 0")
    wanted = named(operations)
    calls: Counter[str] = Counter()
    sites: dict[str, list[str]] = {}

    def listener(use: Use) -> None:
        if not use.construction:
            calls[use.operation.name] += 1
            sites.setdefault(use.operation.name, []).append(str(use.site))

    watch = Watch(wanted, Scope.of(within), listener)
    watch.start()
    try:
        yield
    finally:
        watch.stop()
    for operation in wanted:
        count = calls[operation.name]
        if count == times or (times is None and count):
            continue
        if not count:
            expected = "at least once" if times is None else _count(times)
            raise MissingOperation(
                f"{operation.name} was never called; it must be called {expected}"
            )
        where = "".join(f"\n  at {site}" for site in dict.fromkeys(sites[operation.name]))
        raise MissingOperation(
            f"{operation.name} was called {_count(count)}; it must be called {_count(times or 0)}"
            f"{where}"
        )


def _count(times: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(times, f"{times} times")


def _message(use: Use, reason: Explanation | None, hint: Explanation | None) -> str:
    name = use.operation.name
    verb = "constructed" if use.construction else "called"
    lines = [
        f"{name} is forbidden here, and was {verb}"
        + (f" as {use.called}" if use.called != name else ""),
        f"  at {use.site}",
    ]
    if use.site.source:
        lines.append(f"    {use.site.source}")
    for title, text in (("why", reason), ("hint", hint)):
        said = text.get(name) if isinstance(text, Mapping) else text
        if said:
            lines.append(f"  {title}: {said}")
    return "\n".join(lines)
