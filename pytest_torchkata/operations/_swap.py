"""Watching a function written in Python, under every name that it has.

A name can be imported anywhere before anyone looks, so replacing attributes is not enough:
for a while the function itself gets another body, which reports the call and then runs the old one.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

# Takes the original, its arguments and keyword arguments.
Handler = Callable[[Callable[..., object], tuple[object, ...], dict[str, object]], object]


# The text in the place of the handler is a constant, which is replaced: no name is looked up, so
# that the body runs with the globals of whatever function it is put into. What comes after the
# return only makes the names free variables of it; it never runs, since one may be unbound.
_BODY = """
def make({names}):
    def body(*torchkata_args, **torchkata_kwargs):
        torchkata_handler = "handler"
        return torchkata_handler(torchkata_args, torchkata_kwargs)
        {names}
    return body
"""


@functools.cache
def _body(freevars: tuple[str, ...]) -> CodeType:
    """A body for functions with these free variables.

    A body must have as many as the function's closure has cells, and must really use them: the
    interpreter fills a frame's slots by an instruction that is there only then, and whoever reads
    the frame's locals, as pytest does for every traceback, crashes on slots that are not filled.
    """
    source = _BODY.format(names=", ".join(freevars))
    make = next(c for c in compile(source, "<body>", "exec").co_consts if isinstance(c, CodeType))
    return next(c for c in make.co_consts if isinstance(c, CodeType))


def _code(function: Any, handler: Callable[..., object]) -> CodeType:
    old = function.__code__  # Any: a function, which mypy calls a callable
    body = _body(old.co_freevars)
    return body.replace(
        co_consts=tuple(handler if const == "handler" else const for const in body.co_consts),
        # inspect.getsource, and with it torch.jit.script, still finds the original's text.
        co_filename=old.co_filename,
        co_firstlineno=old.co_firstlineno,
        co_name=old.co_name,
        co_qualname=old.co_qualname,
    )


class Swap:
    """One function with another body, until it is put back."""

    def __init__(self, function: FunctionType, handler: Handler) -> None:
        self._function = function
        self._code = function.__code__
        original = FunctionType(
            function.__code__,
            function.__globals__,
            function.__name__,
            function.__defaults__,
            function.__closure__,
        )
        original.__kwdefaults__ = function.__kwdefaults__
        self._signed = "__signature__" in vars(function)
        if not self._signed:
            # Callers who ask for the signature (torch.jit.script does) see the original's.
            function.__signature__ = inspect.signature(  # type: ignore[attr-defined]  # allowed
                function, follow_wrapped=False
            )
        function.__code__ = _code(function, lambda args, kwargs: handler(original, args, kwargs))

    def put_back(self) -> None:
        """Give the function its own body again."""
        self._function.__code__ = self._code
        if not self._signed:
            del self._function.__signature__  # type: ignore[attr-defined]  # set above


def _added() -> None:
    """Names the place of methods that a class only inherits: no function without closure else."""


class Added:
    """A method that a class only inherits, defined on the class itself for a while."""

    def __init__(self, cls: type, name: str, handler: Handler) -> None:
        self._cls, self._name = cls, name

        def inherited(self: object, *args: object, **kwargs: object) -> object:
            return getattr(super(cls, self), name)(*args, **kwargs)

        swapped = FunctionType(
            _code(_added, lambda args, kwargs: handler(inherited, args, kwargs)), {}, name
        )
        swapped.__signature__ = inspect.signature(getattr(cls, name))  # type: ignore[attr-defined]  # allowed
        setattr(cls, name, swapped)

    def put_back(self) -> None:
        """Let the class inherit it again."""
        delattr(self._cls, self._name)
