"""Whose call it is: from the frame of a call out to the code that is responsible for it."""

from __future__ import annotations

import linecache
import os
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from types import CodeType, FrameType, ModuleType

import torch

from . import _callee

Within = str | os.PathLike[str] | ModuleType

_TORCH = str(Path(torch.__file__).parent) + os.sep
_PLUGIN = str(Path(__file__).parent.parent) + os.sep
_HERE = str(Path(__file__).parent) + os.sep
_COURSE = _PLUGIN + "_course" + os.sep
_LIBRARIES = (
    str(Path(torch.__file__).parent.parent) + os.sep,
    *(
        str(Path(path)) + os.sep
        for path in {sysconfig.get_path(n) for n in ("stdlib", "platstdlib", "purelib", "platlib")}
    ),
)

# Torch's own code that calls what it was handed, in other ways than by a plain name.
_PASSING_ON = tuple(
    _TORCH + path.replace("/", os.sep)
    for path in ("_functorch/apis.py", "_ops.py", "overrides.py", "utils/_pytree.py")
)

# What a subclass of Tensor calls to have an operation done.
HANDED_ON: CodeType = torch.Tensor.__torch_function__.__func__.__code__  # type: ignore[attr-defined]  # a classmethod


class Kind(Enum):
    """What sort of code a file holds."""

    WITHIN = auto()  # the code under test
    PASSING = auto()  # calls what it was given: look at its caller
    INTERNAL = auto()  # torch at work, or this plugin: nobody's call
    OTHER = auto()  # somebody else's: the test's, as a rule


@dataclass(frozen=True)
class Site:
    """A line of code."""

    filename: str
    line: int
    function: str

    @property
    def source(self) -> str:
        """The text of the line, empty if the file cannot be read."""
        return linecache.getline(self.filename, self.line).strip()

    def __str__(self) -> str:
        try:
            shown = str(Path(self.filename).relative_to(Path.cwd()))
        except ValueError:
            shown = self.filename
        return f"{shown}:{self.line}, in {self.function}"


@dataclass(frozen=True)
class Trace:
    """Whose call it was: WITHIN and OTHER with the frame; PASSING if nobody was found."""

    kind: Kind
    frame: FrameType | None

    def site(self) -> Site | None:
        """The line of the call, if it counts."""
        frame = self.frame
        if self.kind is not Kind.WITHIN or frame is None:
            return None
        # Code from a string has no lines to show: rather the line that runs it.
        while frame.f_code.co_filename.startswith("<") and frame.f_back is not None:
            back = frame.f_back
            if back.f_globals is not frame.f_globals:
                break
            frame = back
        code = frame.f_code
        return Site(code.co_filename, frame.f_lineno, code.co_qualname)


_NONE: frozenset[CodeType] = frozenset()


@dataclass
class Scope:
    """The code whose calls count: all of it, or what lies within some files."""

    roots: frozenset[str] | None
    _kinds: dict[str, Kind] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, within: Within | Sequence[Within] | None) -> Scope:
        """Read the argument `within`."""
        if within is None:
            return cls(None)
        several = [within] if isinstance(within, (str, os.PathLike, ModuleType)) else within
        return cls(frozenset(root for each in several for root in _roots(each)))

    def holds(self, filename: str) -> bool:
        """Whether the file is one of those whose calls count."""
        return self.kind(filename) is Kind.WITHIN

    def kind(self, filename: str) -> Kind:
        """What sort of code the file holds."""
        kind = self._kinds.get(filename)
        if kind is None:
            kind = self._kinds[filename] = self._kind(filename)
        return kind

    def _kind(self, filename: str) -> Kind:
        if filename.startswith("<"):  # exec, eval, generated code
            return Kind.PASSING
        real = os.path.realpath(filename)
        if self.roots is not None and any(
            real == root or real.startswith(root + os.sep) for root in self.roots
        ):
            return Kind.WITHIN
        for path in {filename, real}:
            if path.startswith(_HERE):
                return Kind.PASSING
            if path.startswith(_TORCH):
                return Kind.PASSING if path.startswith(_PASSING_ON) else Kind.INTERNAL
            if path.startswith(_PLUGIN) and not path.startswith(_COURSE):
                return Kind.PASSING if self.roots is not None else Kind.INTERNAL
            if path.startswith(_LIBRARIES) and not path.startswith(_COURSE):
                return Kind.PASSING
        return Kind.OTHER if self.roots is not None else Kind.WITHIN

    def trace(
        self,
        frame: FrameType | None,
        internal: frozenset[CodeType] = _NONE,
        through_torch: bool = False,
    ) -> Trace:
        """Follow a call that `frame` makes out to who is responsible for it.

        Args:
            frame: the innermost frame; None for a call that no Python code makes.
            internal: code whose calls are nobody's, besides torch's own.
            through_torch: whether torch has only passed on what it was handed, in any case.
        """
        # Files of torch's through which the call was passed on, and what they were handed for it.
        passed: set[str] = set()
        handed: list[object] = []
        typed: FrameType | None = None  # code that is in no file: typed at a prompt, `python -c`
        while frame is not None:
            code = frame.f_code
            if typed is None and code.co_filename.startswith("<"):
                typed = frame
            if code in internal:
                return Trace(Kind.INTERNAL, frame)
            kind = self.kind(code.co_filename)
            if code is HANDED_ON or (through_torch and self.is_torch(code)):
                kind = Kind.PASSING
            elif kind is Kind.INTERNAL:
                name = _callee.passes_on(frame)
                if name is not None:
                    passed.add(code.co_filename)
                    handed.append(frame.f_locals[name])
                    kind = Kind.PASSING
                # What that function of torch's got from another one, which got it from outside.
                elif code.co_filename in passed or any(
                    value is each for value in frame.f_locals.values() for each in handed
                ):
                    kind = Kind.PASSING
            if kind is Kind.PASSING and self.roots is not None:
                # Code compiled from a string belongs to the module whose names it uses.
                owner = frame.f_globals.get("__file__")
                if isinstance(owner, str) and self.holds(owner):
                    kind = Kind.WITHIN
            if kind is not Kind.PASSING:
                return Trace(kind, frame)
            frame = frame.f_back
        if typed is not None and self.roots is None:
            return Trace(Kind.WITHIN, typed)  # nobody else: it was typed for itself
        return Trace(Kind.PASSING, None)

    def owns(self, thing: object) -> bool:
        """Whether a module, a class or an object's class is written in code that is named."""
        if self.roots is None:
            return False
        if not isinstance(thing, ModuleType):
            cls = thing if isinstance(thing, type) else type(thing)
            thing = sys.modules.get(cls.__module__)
        filename = getattr(thing, "__file__", None)
        return isinstance(filename, str) and self.holds(filename)

    def is_torch(self, code: CodeType) -> bool:
        """Whether the code is torch's."""
        return code.co_filename.startswith(_TORCH)

    def modules(self) -> list[ModuleType]:
        """The imported modules that are written in code that is named."""
        return [module for module in list(sys.modules.values()) if self.owns(module)]


def _roots(within: Within) -> list[str]:
    if isinstance(within, ModuleType):
        files = [within.__file__] if within.__file__ else []
        roots = list(getattr(within, "__path__", None) or files)
        if not roots:
            raise ValueError(f"within={within!r} is a module without a file")
        return [os.path.realpath(root) for root in roots]
    path = os.fspath(within)
    if not Path(path).exists():
        module = sys.modules.get(path)
        if module is not None:
            return _roots(module)
        raise ValueError(f"within={path!r} is neither a file, a folder nor an imported module")
    return [os.path.realpath(path)]
