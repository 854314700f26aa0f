"""Numbers and tables in words: short, aligned, and never alike when the values are not."""

from __future__ import annotations

import math
import textwrap
from typing import Any

# Of the text of a fact: with its name in front, and below a title, 80 columns.
WIDTH = 64


def number(value: Any, digits: int = 6) -> str:  # any Python number
    """A number as short as `digits` significant digits make it."""
    if type(value) is float:
        return f"{value:.{digits}g}"
    if isinstance(value, bool) or not isinstance(value, (float, complex)):
        return str(value)
    if isinstance(value, complex):
        return f"{value.real:.{digits}g}{value.imag:+.{digits}g}j"
    return f"{value:.{digits}g}"


def both(actual: Any, expected: Any) -> tuple[str, str]:  # any Python numbers
    """Two numbers with as many digits as it takes to tell them apart."""
    if type(actual) is type(expected) is float:
        one, other = f"{actual:.6g}", f"{expected:.6g}"
    else:
        one, other = number(actual), number(expected)
    if one == other and actual != expected:
        for digits in (9, 17):
            one, other = number(actual, digits), number(expected, digits)
            if one != other:
                break
    return one, other


def difference(actual: Any, expected: Any) -> str:  # any Python numbers
    """actual - expected, with its sign."""
    if type(actual) is bool:
        return ""
    left = actual - expected
    if type(left) is float and left == left:
        return f"{left:+.4g}"
    if isinstance(left, complex):
        return number(left, 4)
    if isinstance(left, int):
        return f"{left:+d}"
    return "nan" if math.isnan(left) else f"{left:+.4g}"


def table(columns: dict[str, list[str]], indent: str) -> list[str]:
    """Lines of a table, numbers to the right; columns that are empty throughout are left out."""
    kept = [(name, *cells) for name, cells in columns.items() if any(cells)]
    widths = [max(map(len, column)) for column in kept]
    line = "  ".join(f"{{:{'>' if at else '<'}{width}}}" for at, width in enumerate(widths))
    return [indent + line.format(*cells).rstrip() for cells in zip(*kept, strict=True)]


def times(ratio: float) -> str:
    """How many times something is as large: three digits, no exponent below a million."""
    if 100 <= ratio < 1e6:
        return f"{float(f'{ratio:.3g}'):,.0f}"
    return f"{ratio:.3g}"


def fact(name: str, text: str) -> list[str]:
    """A line of the report, wrapped where it is long."""
    if len(text) <= WIDTH:
        return [f"  {name:<10}  {text}"]
    first, *rest = textwrap.wrap(text, WIDTH)
    return [f"  {name:<10}  {first}", *(f"{'':14}{line}" for line in rest)]


def differ(count: int) -> str:
    """`differs` of one, `differ` of more."""
    return "differs" if count == 1 else "differ"


def permuted(order: tuple[int, ...]) -> str:
    """How expected is written with its dimensions in another order."""
    return "expected.T" if len(order) == 2 else f"expected.permute{order}"


def plural(count: int, one: str) -> str:
    """`1 element`, `2 elements`."""
    if count == 1:
        return f"1 {one}"
    return f"{count:,} {one}{'es' if one.endswith('ch') else 's'}"
