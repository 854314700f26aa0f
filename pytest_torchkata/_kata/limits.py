"""A time limit for code that may never end."""

from __future__ import annotations

import ctypes
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class OutOfTime(BaseException):
    """The code did not end in time.

    Not an `Exception`: the learner's `except Exception` must not swallow it, and Hypothesis
    must not spend the same time again to find a smaller case.
    """


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `OutOfTime` in the block once it has run for `seconds`.

    A debugger switches the limit off. A call into C that never returns is not interrupted.
    """
    if _is_debugged():
        yield
    elif hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
        yield from _by_signal(seconds)
    else:
        yield from _by_thread(seconds)


def _is_debugged() -> bool:
    # Not just any trace function: coverage has one, too.
    bdb = sys.modules.get("bdb")
    tracer = getattr(sys.gettrace(), "__self__", None)
    return "pydevd" in sys.modules or (bdb is not None and isinstance(tracer, bdb.Bdb))


def _by_signal(seconds: float) -> Iterator[None]:
    def on_alarm(number: int, frame: FrameType | None) -> None:
        raise OutOfTime(f"did not end within {seconds:g} seconds")

    previous = signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def _by_thread(seconds: float) -> Iterator[None]:
    # Windows, and tests run from a thread: CPython raises the exception in that thread at its
    # next bytecode.
    target = ctypes.c_ulong(threading.get_ident())
    lock, ended = threading.Lock(), False

    def interrupt() -> None:
        with lock:
            if not ended:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(target, ctypes.py_object(OutOfTime))

    timer = threading.Timer(seconds, interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        with lock:
            ended = True
        timer.cancel()
