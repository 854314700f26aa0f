"""Knowing which TorchScript function is running: its calls have no frame of Python's."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import torch

from ._names import base_name, canonical
from ._origin import Scope, Site

_WHERE = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+)')
_TRACED = re.compile(r"(?P<file>[^\s:()]+\.py)\((?P<line>\d+)\)")


class Scripts:
    """The TorchScript functions that each thread is running, innermost last."""

    def __init__(self) -> None:
        self._local = threading.local()

    def watch(self) -> Callable[[], None]:
        """Keep record until what is returned is called."""
        undo = [self._wrap(torch._C.ScriptFunction), self._wrap(torch._C.ScriptMethod)]

        def put_back() -> None:
            for each in undo:
                each()

        return put_back

    def _wrap(self, cls: Any) -> Callable[[], None]:  # Any: its `__call__` is replaced
        original = cls.__call__
        running = self._running

        def script_call(self: Any, *args: object, **kwargs: object) -> object:
            stack = running()
            stack.append(self)
            try:
                return original(self, *args, **kwargs)
            finally:
                stack.pop()

        cls.__call__ = script_call

        def put_back() -> None:
            cls.__call__ = original

        return put_back

    def _running(self) -> list[Any]:  # Any: ScriptFunction or ScriptMethod
        stack: list[Any] | None = getattr(self._local, "stack", None)
        if stack is None:
            stack = self._local.stack = []
        return stack

    def sites(self, keys: frozenset[str]) -> list[Site]:
        """Where the script that runs on this thread calls an operation of those keys."""
        running = self._running()
        return list(_sites(running[-1].graph, keys)) if running else []


def _sites(graph: Any, keys: frozenset[str]) -> Iterator[Site]:  # Any: torch._C.Graph or Block
    if hasattr(graph, "copy"):
        graph = graph.copy()
        torch._C._jit_pass_inline(graph)
    for node in graph.nodes():
        kind = node.kind().rpartition("::")[2]
        if canonical(base_name(kind)) in keys or canonical(kind) in keys:
            yield _site(node.sourceRange())
        for block in node.blocks():
            yield from _sites(block, keys)


def _site(source: str) -> Site:
    found = _WHERE.search(source) or _TRACED.search(source)
    if found is None:
        return Site("<TorchScript>", 1, "a scripted function")
    return Site(found["file"], int(found["line"]), "a scripted function")


def counts(scope: Scope, sites: list[Site]) -> Site | None:
    """The first of the sites that lies in the code that counts."""
    return next((site for site in sites if scope.holds(site.filename)), None)


def caller(frame: FrameType) -> FrameType:
    """The frame that makes a call, once the wrappers of torch's own test tools are left.

    `torch.testing._internal.common_utils` puts functions of its own around the calls of scripts,
    for the whole process.
    """
    while frame.f_code.co_name in _WRAPPERS and frame.f_code.co_filename.endswith(_TEST_TOOLS):
        if frame.f_back is None:
            break
        frame = frame.f_back
    return frame


_WRAPPERS = frozenset({"prof_callable", "prof_func_call", "prof_meth_call"})
_TEST_TOOLS = str(Path("torch", "testing", "_internal", "common_utils.py"))

# The code of the replaced `__call__`: a dispatch straight out of its frame is the script's.
CALL: CodeType = next(
    const
    for const in Scripts._wrap.__code__.co_consts
    if isinstance(const, CodeType) and const.co_name == "script_call"
)
