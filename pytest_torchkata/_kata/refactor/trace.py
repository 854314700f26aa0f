"""Which lines of a file run, and with which arguments its public functions are called."""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

_LARGEST = 1_000_000  # elements: no larger arguments are copied


@dataclass
class Trace:
    """What was seen of the file `path`."""

    path: Path
    lines: set[int] = field(default_factory=set)
    calls: dict[str, dict[str, Any]] = field(default_factory=dict)  # name -> its arguments
    _sizes: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def on(self) -> Iterator[None]:
        """Trace while the block runs."""
        before = sys.gettrace()
        sys.settrace(self._global)
        try:
            yield
        finally:
            sys.settrace(before)

    def _global(self, frame: FrameType, event: str, argument: object) -> Any:  # a trace function
        if frame.f_code.co_filename != str(self.path):
            return None
        self.lines.add(frame.f_lineno)
        name = frame.f_code.co_qualname
        public = "<" not in name and not name.rpartition(".")[2].startswith("_")
        seen = _copied(frame) if public and event == "call" else None

        def local(frame: FrameType, event: str, argument: object) -> Any:  # likewise
            if event == "line":
                self.lines.add(frame.f_lineno)
            elif event == "return" and seen is not None and argument is not None:
                size, values = seen
                if size > self._sizes.get(name, 0):
                    self._sizes[name], self.calls[name] = size, values
            return local

        return local


def _copied(frame: FrameType) -> tuple[int, dict[str, Any]] | None:
    """The arguments of the call and their size; None where they serve no trial."""
    import torch

    code = frame.f_code
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    values = {name: frame.f_locals[name] for name in names}
    tensors = [value for value in values.values() if isinstance(value, torch.Tensor)]
    size = sum(tensor.numel() for tensor in tensors)
    if (
        not 0 < size <= _LARGEST
        or any(
            tensor.dtype is not torch.float32 for tensor in tensors if tensor.is_floating_point()
        )
        or not all(
            tensor.device.type == "cpu" and bool(tensor.isfinite().all()) for tensor in tensors
        )
        or not any(tensor.is_floating_point() for tensor in tensors)
    ):
        return None
    try:
        return size, {
            name: value.detach().clone()
            if isinstance(value, torch.Tensor)
            else copy.deepcopy(value)
            for name, value in values.items()
        }
    except Exception:  # whatever a learner's object does when it is copied
        return None


def dead_lines(path: Path, ran: set[int]) -> list[int]:
    """The lines inside functions of `path` that are code and did not run."""
    code = compile(path.read_text(encoding="utf-8"), str(path), "exec")
    return sorted({line for inner in _functions(code) for line in _lines(inner)} - ran)


def _functions(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            if constant.co_flags & 0x02:  # CO_NEWLOCALS: a function, not a class body
                yield constant
            yield from _functions(constant)


def _lines(code: CodeType) -> Iterator[int]:
    for start, _, line in code.co_lines():
        if line and line != code.co_firstlineno and start >= 0:
            yield line
