"""Seeing every use of some operations while a block runs.

Calls from Python are seen by a mode (torch's C functions) and by functions with another body
(what torch writes in Python, constructors and `forward` of modules). What these miss (calls with
modes disabled, on threads that were there before, in TorchScript) is seen in the dispatcher.
"""

from __future__ import annotations

import sys
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType, FunctionType
from typing import Any

import torch
import torch.overrides
from torch.overrides import TorchFunctionMode

from . import _callee, _dispatch, _elsewhere, _script
from ._names import Operation, canonical, computes, key_of, shown
from ._origin import HANDED_ON, Kind, Scope, Site, Trace
from ._swap import Added, Swap


@dataclass(frozen=True)
class Use:
    """A use of a watched operation by the code that counts."""

    operation: Operation
    called: str
    site: Site
    construction: bool = False


Listener = Callable[[Use], None]

# Any: these functions of torch's, which TorchFunctionMode itself is made of, have no types.
overrides: Any = torch.overrides


class Watch:
    """Reports uses of operations from `start` to `stop`."""

    def __init__(self, operations: Sequence[Operation], scope: Scope, listener: Listener) -> None:
        self._scope, self._listener = scope, listener
        self._by_key = {key: each for each in operations for key in each.keys}
        self._operations = tuple(operations)
        self._mode = _Mode(self)
        self._scripts = _script.Scripts()
        self._origin = threading.local()  # who gave this thread its work, where no frame tells
        # Modules that others than the code that counts have made, and may hand to it.
        self._foreign: weakref.WeakSet[torch.nn.Module] = weakref.WeakSet()
        self._active = False
        self._undo: list[Callable[[], None]] = []

    def start(self) -> None:
        """Begin to watch; undone entirely if it fails half way."""
        try:
            for operation in self._operations:
                for function in operation.functions:
                    self._watch_function(operation, function)
                for cls in operation.classes:
                    self._watch_class(operation, cls)
            self._watch_engine()
            self._undo.extend(_elsewhere.follow_threads(self._entering))
            self._eager = _elsewhere.run_compiled_code_eagerly()
            self._undo.append(self._scripts.watch())
            self._undo.append(_dispatch.override(self._operations, self.dispatched))
        except BaseException:
            self._put_back()
            raise
        self._active = True
        overrides._push_mode(self._mode)

    def stop(self) -> None:
        """Watch no more; everything is as it was before `start`."""
        self._active = False  # threads that still run keep the mode
        overrides._pop_mode()
        self._put_back()

    def operation_of(self, function: object) -> Operation | None:
        """The watched operation that a callable of torch's is, if any."""
        if isinstance(function, FunctionType):
            return None  # its body reports it, on every thread
        return self._by_key.get(key_of(function))

    def saw(
        self, operation: Operation, called: str, frame: FrameType | None, construction: bool = False
    ) -> bool:
        """Report a call that `frame` makes, if it counts; say whether it does."""
        # Only a hook that is no Python function is called by the engine without a frame between.
        hook = frame is not None and frame.f_code is _ENGINE
        trace = self._scope.trace(frame, through_torch=hook)
        return self._judge(operation, called, trace, construction)

    def dispatched(self, operation: Operation, overload: _dispatch.Overload) -> None:
        """Report a call that reached the dispatcher unseen, if it counts.

        It does not if the mode has seen it, if another operation or autograd makes it, or if it
        is part of another operation that the code calls.
        """
        if not self._active:
            return
        called = shown(overload)
        frame = _script.caller(sys._getframe(2))  # this <- the kernel <- its caller
        if frame.f_code is _SCRIPT_CALL:
            sites = self._scripts.sites(operation.keys)
            site = _script.counts(self._scope, sites)
            if site is not None:
                self._report(Use(operation, called, site))
            elif sites:
                self._judge(operation, called, self._scope.trace(frame, _SEEN))
            return
        if frame.f_code is HANDED_ON and not _is(frame.f_locals.get("func"), operation):
            return  # a subclass hands on another operation, which this is a part of
        trace = self._scope.trace(frame, _SEEN)
        if trace.kind is Kind.WITHIN and trace.frame is frame and not _calls(frame, operation):
            return
        self._judge(operation, called, trace)

    def engine_run(self, frame: FrameType) -> None:
        """Report a backward pass that is asked of the engine itself."""
        operation = self._by_key.get("backward")
        if operation is not None:
            self.saw(operation, "torch.autograd.Variable._execution_engine.run_backward", frame)

    def _judge(
        self, operation: Operation, called: str, trace: Trace, construction: bool = False
    ) -> bool:
        site = trace.site()
        if site is None and trace.kind is Kind.OTHER and trace.frame is not None:
            site = self._alias(operation, trace.frame)
        if site is None and trace.kind is Kind.PASSING:
            site = getattr(self._origin, "site", None)
        if site is None:
            return False
        self._report(Use(operation, called, site, construction))
        return True

    def _report(self, use: Use) -> None:
        if self._active:
            self._listener(use)

    def _alias(self, operation: Operation, frame: FrameType) -> Site | None:
        """Where the code that counts gave the operation the name that somebody else calls."""
        if self._scope.roots is None:
            return None
        for reference in _callee.references(frame):
            # The operation, or something that torch has made of it: `torch.func.grad(f)`.
            made = getattr(reference.raw, "__code__", None)
            if not (_is(reference.value, operation) or (made and self._scope.is_torch(made))):
                continue
            holder = reference.holder
            if holder is None:  # a variable: does the code that counts have such a thing?
                for module in self._scope.modules():
                    for name, value in list(vars(module).items()):
                        if value is reference.raw:
                            return _bound(module, name)
            elif self._scope.owns(holder):
                if isinstance(holder, type) or not hasattr(holder, "__file__"):
                    cls = holder if isinstance(holder, type) else type(holder)
                    holder = sys.modules[cls.__module__]
                return _bound(holder, reference.name)
        return None

    def _watch_function(self, operation: Operation, function: FunctionType) -> None:
        called = shown(function)

        def handler(
            original: Callable[..., object],
            args: tuple[object, ...],
            kwargs: dict[str, object],
        ) -> object:
            # this <- lambda <- body <- the caller
            caller = sys._getframe(3)
            # A mode or subclass that was shown the call hands it on: it has been reported.
            if caller.f_code.co_name != "__torch_function__":
                self.saw(operation, called, caller)
            return original(*args, **kwargs)

        self._undo.append(Swap(function, handler).put_back)

    def _watch_class(self, operation: Operation, cls: type) -> None:
        for name, construction in (("__init__", True), ("forward", False)):
            if getattr(cls, name, None) is None:
                continue

            def handler(
                original: Callable[..., object],
                args: tuple[object, ...],
                kwargs: dict[str, object],
                construction: bool = construction,
            ) -> object:
                self._saw_object(operation, cls, args[0], sys._getframe(3), construction)
                return original(*args, **kwargs)

            own = vars(cls).get(name)
            if isinstance(own, FunctionType):
                self._undo.append(Swap(own, handler).put_back)
            elif name == "__init__":
                self._undo.append(Added(cls, name, handler).put_back)

    def _saw_object(
        self,
        operation: Operation,
        cls: type,
        thing: object,
        frame: FrameType | None,
        construction: bool,
    ) -> None:
        for each in type(thing).__mro__:
            if each is cls:
                break
            if computes(each) not in (None, *operation.keys):
                return  # a class of torch's for another operation, which shares the code
            if self._scope.owns(each):  # a subclass of it, in the code that counts
                site = _bound(sys.modules[each.__module__], each.__name__)
                self._report(Use(operation, shown(cls), site, construction))
                return
        if isinstance(thing, torch.nn.Module) and thing in self._foreign and not construction:
            return
        counts = self.saw(operation, shown(cls), frame, construction)
        if construction and not counts and isinstance(thing, torch.nn.Module):
            self._foreign.add(thing)

    def _watch_engine(self) -> None:
        """Keep the mode active in backward passes: torch hides it while it runs `backward`."""
        variable: Any = torch.autograd.Variable  # Any: the attribute is in no stub
        engine = variable._execution_engine
        variable._execution_engine = _Engine(engine, self._mode)
        self._undo.append(lambda: setattr(variable, "_execution_engine", engine))

    def _entering(self, frame: FrameType | None) -> Callable[[], Any]:  # Any: a context manager
        site = self._scope.trace(frame).site() or getattr(self._origin, "site", None)

        @contextmanager
        def entered() -> Iterator[None]:
            before = getattr(self._origin, "site", None)
            self._origin.site = site
            overrides._push_mode(self._mode)
            try:
                yield
            finally:
                overrides._pop_mode()
                self._origin.site = before

        return entered

    def _put_back(self) -> None:
        for undo in (self._undo, getattr(self, "_eager", [])):
            while undo:
                undo.pop()()


class _Mode(TorchFunctionMode):
    """Sees the calls of torch's C functions from Python on one thread."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self.watch = watch
        self._known: dict[object, Operation | None] = {}

    def __torch_function__(
        self,
        func: Any,  # Any: whatever torch calls
        types: object,
        args: tuple[object, ...] = (),
        kwargs: dict[str, object] | None = None,
    ) -> object:
        try:
            operation = self._known[func]
        except KeyError:
            operation = self._known[func] = self.watch.operation_of(func)
        if operation is not None:
            self.watch.saw(operation, shown(func), sys._getframe(1))
        return func(*args, **kwargs) if kwargs else func(*args)


class _Engine:
    """Autograd's engine, with the mode active while it runs hooks and backward functions."""

    def __init__(self, engine: Any, mode: _Mode) -> None:  # Any: in no stub
        self._engine, self._mode = engine, mode

    def __getattr__(self, name: str) -> object:
        return getattr(self._engine, name)

    def run_backward(self, *args: object, **kwargs: object) -> object:
        self._mode.watch.engine_run(sys._getframe(1))
        if self._mode in overrides._get_current_function_mode_stack():
            return self._engine.run_backward(*args, **kwargs)
        overrides._push_mode(self._mode)
        try:
            return self._engine.run_backward(*args, **kwargs)
        finally:
            overrides._pop_mode()


# Calls that come straight out of these are a second sight of one call, or autograd's own.
_ENGINE = _Engine.run_backward.__code__
_SEEN = frozenset({_Mode.__torch_function__.__code__, _ENGINE, _dispatch.KERNEL})
_SCRIPT_CALL = _script.CALL


def _calls(frame: FrameType, operation: Operation) -> bool:
    """Whether the call that the frame is making is of the operation, as far as can be told."""
    operator = _callee.operator_at(frame)
    if operator is not None:
        return canonical(operator) in operation.keys
    called = _callee.called_at(frame)
    if called is None or _is(called, operation):
        return True
    # Another function of torch's is what it calls: the operation is a part of that.
    return not str(getattr(called, "__module__", None) or "torch").startswith("torch")


def _is(value: object, operation: Operation) -> bool:
    if isinstance(value, FunctionType):
        return value in operation.functions
    if isinstance(value, (type, torch.nn.Module)):
        return (value if isinstance(value, type) else type(value)) in operation.classes
    return key_of(value) in operation.keys


def _bound(module: Any, name: str) -> Site:  # Any: a module with a file
    return Site(str(module.__file__), _callee.binding_line(module, name), name)
