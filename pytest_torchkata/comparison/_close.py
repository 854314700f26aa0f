"""`close(expected)`: a value that equals whatever is close to it, for plain `assert` statements."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from torch import Tensor

from .. import dtypes
from . import _fast
from ._detail import detail
from ._judge import Finding, findings
from ._leaves import Leaf, Mismatch, Step, leaves
from ._report import report
from ._rules import Rules

_EQUAL = frozenset({"__eq__", "eq"})
_UNEQUAL = frozenset({"__ne__", "ne"})


class Close:
    """What `close` returns: equal to all that `assert_close` accepts."""

    # Without these, tensors and arrays on the left would compare element by element.
    __array_ufunc__ = None
    __hash__ = None  # type: ignore[assignment]  # values that are equal need not be close to each other

    def __init__(self, expected: object, rules: Rules) -> None:
        """Keep what is expected, and how close it must be."""
        self.expected = expected
        self.rules = rules

    def __eq__(self, actual: object) -> bool:
        __tracebackhide__ = True
        rules = self.rules
        return (
            _fast.accepts(
                actual,
                self.expected,
                rules.rtol,
                rules.atol,
                rules.equal_nan,
                rules.allow_subclasses,
                rules.check_stride,
            )
            or not self.failures(actual)[0]
        )

    def failures(self, actual: object) -> tuple[list[Finding], int]:
        """Everything in which `actual` is not close, and how many values were compared."""
        __tracebackhide__ = True
        found, compared = findings(actual, self.expected, self.rules)
        if found and not issubclass(found[0].error, AssertionError):
            raise found[0].exception()
        return found, compared

    @classmethod
    def __torch_function__(
        cls,
        func: Any,  # any function of torch
        types: object,
        args: tuple[object, ...] = (),
        kwargs: dict[str, object] | None = None,
    ) -> object:
        """Take over `tensor == close(...)` and `tensor != close(...)`; nothing else."""
        name = getattr(func, "__name__", "")
        if name in _EQUAL | _UNEQUAL and len(args) == 2 and isinstance(args[1], Close):
            return (args[1] == args[0]) is (name in _EQUAL)
        return NotImplemented

    def __repr__(self) -> str:
        given = [_described(self.expected)]
        given += [
            f"{name}={value}"
            for name, value in vars(self.rules).items()
            if value != getattr(Rules(), name)
        ]
        return f"close({', '.join(given)})"


def _described(value: object) -> str:
    """A value as it was written, or its kind where that would be long."""
    if isinstance(value, Tensor) and value.numel() > 4:
        return f"<{dtypes.name(value.dtype)} tensor of shape {tuple(value.shape)}>"
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def close(
    expected: Any,  # whatever assert_close takes
    *,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    allow_subclasses: bool = True,
) -> Close:
    """A value that equals whatever `assert_close` accepts against `expected`.

    For `assert actual == close(expected)`, also inside dictionaries, lists and tuples:
    `assert result == {"loss": close(0.5, atol=0.1), "step": 3}`.

    Args:
        expected: a tensor, a number, an array, or a structure of them.
        rtol, atol: relative and absolute tolerance, both >= 0; by default those of the dtype.
        equal_nan: whether NaN equals NaN.
        check_device, check_dtype, check_layout, check_stride: what must agree besides values.
        allow_subclasses: whether related types may be compared.

    Returns:
        An object for the operators == and !=, on either side. Comparing it raises what
        `assert_close` raises for values that cannot be compared.

    Raises:
        ValueError: a tolerance is negative or NaN.
    """
    rules = Rules(
        rtol,
        atol,
        equal_nan,
        check_device,
        check_dtype,
        check_layout,
        check_stride,
        allow_subclasses,
    )
    return Close(expected, rules.checked())


def explain(left: object, right: object) -> tuple[str, list[Finding]] | None:
    """The report of `left == right` where either holds a `close(...)`; None if neither does."""
    # Which of the two is expected is the one that holds it.
    for actual, expected in ((left, right), (right, left)):
        if any(
            isinstance(node, Leaf) and isinstance(node.expected, Close)
            for node in leaves(actual, expected)
        ):
            found, compared = _failures(actual, expected)
            return (report(found, compared, detail()), found) if found else None
    return None


def _failures(actual: object, expected: object) -> tuple[list[Finding], int]:
    found: list[Finding] = []
    compared = 0
    for node in leaves(actual, expected):
        if isinstance(node, Mismatch):
            error = Finding(node.path, AssertionError, node.message, structure=node.detail)
            found.append(error)
            compared += 1
        elif isinstance(node.expected, Close):
            inside, count = node.expected.failures(node.actual)
            found += _placed(inside, node.path)
            compared += count
        else:
            compared += 1
            if not _same(node.actual, node.expected):
                text = f"{_described(node.actual)}, expected {_described(node.expected)}"
                found.append(Finding(node.path, AssertionError, text))
    return found, compared


def _placed(found: list[Finding], path: tuple[Step, ...]) -> Iterator[Finding]:
    for one in found:
        yield dataclasses.replace(one, path=(*path, *one.path))


def _same(actual: object, expected: object) -> bool:
    try:
        return bool(actual == expected)
    except Exception:  # tensors of several elements have no truth value: then they are no match
        return False
