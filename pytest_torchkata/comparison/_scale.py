"""Values that are off by a factor, an offset, the sign or conjugation."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ._proof import Case


def _not_negative(x: Tensor) -> Tensor:
    return x >= 0


def scaled(case: Case) -> list[str]:
    """actual = c * expected."""
    sample = case.sample
    if not sample.varied or case.actual.dtype is torch.bool:
        return []
    pivot = sample.expected.index(max(sample.expected, key=abs))
    factor = sample.actual[pivot] / sample.expected[pivot]
    pairs = list(zip(sample.actual, sample.expected, strict=True))
    # What multiplies expected multiplies its noise.
    scale = max(1.0, abs(factor))
    if factor == 0 or not all(case.near(a, factor * e, abs(a - e), scale) for a, e in pairs):
        return []
    if case.settled:
        return []
    # The least squares say it more precisely than one element does.
    norm = sum(abs(e) ** 2 for _, e in pairs)
    factor = sum(a * (e.conjugate() if isinstance(e, complex) else e) for a, e in pairs) / norm
    factor = _real(factor, case.eps)
    spread = max(abs(a - factor * e) for a, e in pairs) / max(abs(a) for a, _ in pairs)
    shape = case.shape if case.evidence.stored is None else ()
    name = _name(factor, shape, max(2 * spread, 4 * case.eps, 1e-9), max(spread, 2e-3))
    holds: bool | None = False
    if name is not None:
        named = name[0]
        holds = case.explained(lambda expected: _times(expected, named), scale)
        factor = factor if holds is False else named
    if holds is False:  # rounded too far
        name = None
        holds = case.explained(lambda expected: _times(expected, factor), scale)
    if holds is False:
        return []
    where = "everywhere" if holds else "wherever they differ"
    if factor == -1:
        if holds is None and not case.actual.is_complex() and case.all_actual(_not_negative):
            return ["actual = |expected|: the sign is lost"]
        return [f"actual = -expected, {where}: the sign is wrong"]
    if isinstance(factor, complex):
        return [f"actual = ({factor:.6g}) × expected, {where}"]
    text = f"actual = {factor:.6g} × expected, {where}"
    return [f"{text} ({name[1]})" if holds and name is not None and name[1] else text]


def _real(value: float, eps: float) -> float:
    """The real part of what is real but for rounding."""
    if isinstance(value, complex) and abs(value.imag) <= 4 * eps * abs(value):
        return value.real
    return value


def conjugated(case: Case) -> list[str]:
    """actual = the complex conjugate of expected."""
    sample = case.sample
    if not case.actual.is_complex() or not sample.varied:
        return []
    pairs = zip(sample.actual, sample.expected, strict=True)
    if not all(case.near(a, e.conjugate(), abs(a - e)) for a, e in pairs):
        return []
    if case.explained(torch.conj) is not True:
        return []
    return ["actual is the complex conjugate of expected: expected.conj() fits"]


def _times(expected: Tensor, factor: complex) -> Tensor:
    if not expected.is_floating_point() and not expected.is_complex():
        return expected.double() * factor
    return expected * factor


def _name(
    factor: complex, shape: tuple[int, ...], precision: float, plain: float
) -> tuple[float, str] | None:
    """A number that the factor equals, and what it stands for.

    `precision`: as far the factor may be from a size; `plain`: from a number of a few digits.
    """
    if isinstance(factor, complex) or precision > 5e-2:
        return None
    size = abs(factor)
    sign = -1.0 if factor < 0 else 1.0
    lead = "the opposite of " if factor < 0 else ""
    # In low precision, so many numbers are near that all but the plainest are coincidences.
    numbers = _numbers(shape, plainest=precision > 1e-4)
    near = [one for one in numbers if abs(size / one[0] - 1) <= min(precision, 1e-3)]
    if near:
        value, plain_text = near[0]
        if not plain_text:
            return sign * value, ""
        texts = [text for other, text in near if text and abs(other / value - 1) <= 1e-9]
        # No more than two: the data do not tell which it is.
        return sign * value, lead + "; or ".join(texts[:2])
    for digits in (1, 2, 3, 4):
        value = float(f"{factor:.{digits}g}")
        if abs(factor / value - 1) <= min(precision, plain):
            return value, ""
    if precision > 1e-5:
        return None
    # A variance or standard deviation: the dimension that was reduced is no longer there.
    for n in range(3, 101):
        ratio, text = n / (n - 1), f"divided by n - 1 or by n, with n = {n}"
        dropout = f"; or a dropout of {1 / n:g}" if n in (4, 5, 10, 20) else ""
        for value, name, also in (
            (ratio, f"{n} / {n - 1}", dropout),
            (1 / ratio, f"{n - 1} / {n}", dropout),
            (math.sqrt(ratio), f"the square root of {n} / {n - 1}", ""),
            (math.sqrt(1 / ratio), f"the square root of {n - 1} / {n}", ""),
        ):
            if abs(factor / value - 1) <= precision:
                return value, f"{name}: {text}{also}"
    return None


def _numbers(shape: tuple[int, ...], plainest: bool) -> list[tuple[float, str]]:
    # Two is two, though it be the square root of four; but it may be a size.
    plain = [(one, "") for one in (2.0, 0.5) if 2 not in shape and math.prod(shape) != 2]
    found: list[tuple[float, str]] = [(1.0, ""), *plain]
    sizes: dict[int, list[int]] = {}
    for dim, size in enumerate(shape):
        if size > 1:
            sizes.setdefault(size, []).append(dim)
    names = {
        size: f"the size of dimension{'s' if len(dims) > 1 else ''} {' and '.join(map(str, dims))}"
        for size, dims in sizes.items()
    }
    total = math.prod(shape)
    if total > 1 and total not in names:
        names[total] = "the number of elements"
    for size, name in names.items():
        found.append((float(size), f"{size} is {name}: a sum in the place of a mean does that"))
        found.append((1 / size, f"1 / {size}, {name}: a mean in the place of a sum does that"))
    for size, name in names.items() if not plainest else ():
        found.append((math.sqrt(size), f"the square root of {size}, {name}"))
        found.append((1 / math.sqrt(size), f"1 / the square root of {size}, {name}"))
    for size, name in names.items() if not plainest else ():
        if size > 2:
            bessel = size / (size - 1)
            text = f"divided by n - 1 or by n, where n is {name}"
            found.append((bessel, f"{size} / {size - 1}: {text}"))
            found.append((1 / bessel, f"{size - 1} / {size}: {text}"))
            found.append((math.sqrt(bessel), f"the square root of {size} / {size - 1}: {text}"))
            found.append((math.sqrt(1 / bessel), f"the square root of {size - 1} / {size}: {text}"))
    if plainest:
        return found
    found += [
        (math.pi, "π"),
        (2 * math.pi, "2π"),
        (math.log(2), "ln 2: another base of the logarithm"),
        (1 / math.log(2), "1 / ln 2: another base of the logarithm"),
        (math.log(10), "ln 10: another base of the logarithm"),
        (1 / math.log(10), "1 / ln 10: another base of the logarithm"),
        (math.pi / 180, "π / 180: degrees and radians"),
        (180 / math.pi, "180 / π: degrees and radians"),
    ]
    return found


def offset(case: Case) -> list[str]:
    """actual = expected + c."""
    sample = case.sample
    if not sample.varied or case.actual.dtype is torch.bool:
        return []
    differences = [a - e for a, e in zip(sample.actual, sample.expected, strict=True)]
    if abs(differences[0] - differences[1]) > 0.05 * abs(differences[0]):
        return []
    by = sum(differences) / len(differences)
    size = max(map(abs, sample.expected))
    if not all(abs(one - by) <= max(0.02 * abs(by), 0) for one in differences):
        return []
    if case.settled or (case.atol and max(differences, key=abs) == 0):
        return []
    exact = not case.actual.is_floating_point() and not case.actual.is_complex()
    if not exact and abs(by) < 64 * case.eps * size:  # no more than rounding
        return []
    by = _real(by, case.eps)
    if not isinstance(by, complex):
        rounded = (float(f"{by:.{digits}g}") for digits in range(1, 7))
        noise = case.eps * max(4 * size, 0.5 * max(map(abs, sample.actual)))
        by = next((one for one in rounded if abs(by - one) <= noise), by)
    holds = case.explained(lambda expected: (expected.double() if exact else expected) + by)
    if holds is False:
        return []
    where = "everywhere" if holds else "wherever they differ"
    if isinstance(by, complex):
        return [f"actual = expected + ({by:.6g}), {where}"]
    sign = "+" if by > 0 else "-"
    text = f"actual = expected {sign} {abs(by):.6g}, {where}"
    return [f"{text}: off by one" if exact and abs(by) == 1 else text]
