"""`assert_close`, a drop-in for `torch.testing.assert_close`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from torch import Tensor

from . import _fast
from ._detail import detail
from ._judge import findings
from ._leaves import Leaf, leaves
from ._report import report, text
from ._rules import Rules, tolerance
from ._words import plural


def assert_close(
    actual: Any,  # whatever torch.testing.assert_close takes: tensors, scalars, arrays, containers
    expected: Any,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    allow_subclasses: bool = True,
    msg: str | Callable[[str], str] | None = None,
) -> None:
    """Assert that `actual` and `expected` are close.

    The verdict is that of `torch.testing.assert_close`:
    |actual - expected| <= atol + rtol * |expected| for every element.

    Args:
        actual: a tensor, a scalar, an array, or a sequence or mapping of them, nested at will;
            any shape, dtype, layout and device. Beyond torch: strings, sets, dataclasses,
            modules (by their state dict), nested tensors.
        expected: likewise, of the same structure.
        rtol, atol: relative and absolute tolerance, both >= 0; by default those of the dtype.
            If one alone is given, the other keeps the default of the dtype.
        equal_nan: whether NaN equals NaN.
        check_device, check_dtype, check_layout, check_stride: what must agree besides values.
        allow_subclasses: whether related types may be compared.
        msg: text of the failure, or a function from the generated text to it.

    Raises:
        AssertionError: the values are not close, or shapes, dtypes, structures ... differ.
        ValueError: a tolerance is negative or NaN, or a tensor's layout is unknown. A meta tensor
            has no values: comparing one raises an error that is both this and AssertionError.
        TypeError: two values cannot be compared, such as a tensor and a string.

    Source: the rule and the defaults are those of `torch.testing.assert_close`.
    """
    __tracebackhide__ = True
    if _fast.accepts(actual, expected, rtol, atol, equal_nan, allow_subclasses, check_stride):
        return
    rules = Rules(
        rtol,
        atol,
        equal_nan,
        check_device,
        check_dtype,
        check_layout,
        check_stride,
        allow_subclasses,
    ).checked()
    found, compared = findings(actual, expected, rules)
    if not found:
        return
    error = found[0].error
    if isinstance(msg, str):
        raise error(msg)
    if not issubclass(error, AssertionError):
        composed = found[0].refused()
    elif msg is None:
        composed = text(found, compared)
    else:
        composed = report(found, compared, detail())
    raise error(msg(composed) if callable(msg) else composed)


def assert_not_close(
    actual: Any,  # whatever assert_close takes
    expected: Any,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    allow_subclasses: bool = True,
    msg: str | None = None,
) -> None:
    """Assert that `actual` and `expected` differ somewhere: that `assert_close` would fail.

    Structures, shapes or dtypes that do not fit are a difference too. What cannot be compared is
    refused, as `assert_close` refuses it: it would otherwise pass for a difference.

    Args:
        actual: a tensor, a scalar, an array, or a structure of them.
        expected: likewise.
        rtol, atol: relative and absolute tolerance, both >= 0; by default those of the dtype.
        equal_nan: whether NaN equals NaN.
        check_device, check_dtype, check_layout, check_stride: what counts besides values.
        allow_subclasses: whether related types may be compared.
        msg: text of the failure.

    Raises:
        AssertionError: everything is close.
        ValueError, TypeError: the two cannot be compared, or a tolerance is unusable.
    """
    __tracebackhide__ = True
    rules = Rules(
        rtol,
        atol,
        equal_nan,
        check_device,
        check_dtype,
        check_layout,
        check_stride,
        allow_subclasses,
    ).checked()
    found, compared = findings(actual, expected, rules)
    if not found:
        raise AssertionError(_all_close(actual, expected, rules, compared) if msg is None else msg)
    error = found[0].error
    if error is not AssertionError:
        raise found[0].exception()


def _extent(actual: Any, expected: Any, compared: int) -> str:  # as above
    """How much was compared, in words."""
    if compared != 1:
        return f"{compared:,} values"
    (node,) = leaves(actual, expected)
    if not isinstance(node, Leaf) or not isinstance(node.actual, Tensor) or not node.actual.shape:
        return "1 value"
    shape = tuple(node.actual.shape)
    return f"{plural(node.actual.numel(), 'element')} (shape {shape})"


def _all_close(actual: Any, expected: Any, rules: Rules, compared: int) -> str:  # as above
    lines = ["Everything is close, and was expected to differ!", ""]
    exact = dataclasses.replace(rules, rtol=0.0, atol=0.0)
    try:
        differing = findings(actual, expected, exact)[0]
    except Exception:  # no more than a remark depends on it
        differing = []
    evidence = [one.evidence for one in differing if one.evidence is not None]
    values = _extent(actual, expected, compared)
    if not differing:
        lines.append(f"Compared: {values}, all equal")
    elif evidence:
        worst = max(evidence, key=lambda one: one.error_max)
        used = tolerance(worst.actual, worst.expected, rules)
        lines += [
            f"Compared: {values}; the greatest difference is {worst.error_max:.4g}",
            f"Allowed: {used.atol:g} + {used.rtol:g} × |expected| ({used.origin})",
        ]
    else:
        lines.append(f"Compared: {values}")
    return "\n".join(lines)
