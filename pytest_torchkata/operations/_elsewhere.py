"""Following code to where a mode does not reach by itself: other threads, compiled code."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from types import FrameType
from typing import Any

import torch

from ._swap import Swap

Entering = Callable[[FrameType | None], Callable[[], AbstractContextManager[None]]]


def follow_threads(entering: Entering) -> list[Callable[[], None]]:
    """Run what other threads are given to do inside a context, from now on.

    Args:
        entering: told the frame that hands work over; returns what opens the context there.

    Returns:
        What ends it, to be called in reverse.
    """

    def start(
        original: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, object]
    ) -> object:
        thread = args[0]
        context, run = entering(sys._getframe(3)), thread.run

        def watched() -> None:
            del thread.run
            with context():
                run()

        thread.run = watched
        return original(*args, **kwargs)

    def submit(
        original: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, object]
    ) -> object:
        executor, function, *rest = args
        context = entering(sys._getframe(3))

        def watched(*args: object, **kwargs: object) -> object:
            with context():
                return function(*args, **kwargs)

        return original(executor, watched, *rest, **kwargs)

    return [
        Swap(threading.Thread.start, start).put_back,  # type: ignore[arg-type]  # a function
        Swap(ThreadPoolExecutor.submit, submit).put_back,  # type: ignore[arg-type]  # likewise
    ]


def run_compiled_code_eagerly() -> list[Callable[[], None]]:
    """Let compiled functions run the Python they were made of: fused kernels call nothing.

    Returns:
        What ends it, to be called in reverse. Nothing is done before torch 2.6, whose compiled
        functions cannot be told so.
    """
    undo: list[Callable[[], None]] = []
    set_stance: Any = getattr(torch.compiler, "set_stance", None)  # Any: torch >= 2.6 has it
    if set_stance is None:
        return undo

    def be_eager() -> None:
        stance = set_stance("force_eager")
        undo.append(lambda: stance.__exit__(None, None, None))

    if "torch._dynamo" in sys.modules:
        be_eager()
        return undo

    # Importing dynamo takes seconds: wait for somebody who compiles.
    def compile_(
        original: Callable[..., object], args: tuple[object, ...], kwargs: dict[str, object]
    ) -> object:
        compiled = original(*args, **kwargs)
        if len(undo) == 1 and "torch._dynamo" in sys.modules:
            be_eager()
        return compiled

    undo.append(Swap(torch.compile, compile_).put_back)  # type: ignore[arg-type]  # overloaded
    return undo
