"""The verdict on what the fast path did not accept: torch's own logic, leaf by leaf."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.testing import _comparison
from torch.testing._comparison import (
    BooleanPair,
    ErrorMeta,
    NonePair,
    NumberPair,
    Pair,
    TensorLikePair,
)

from . import _fast
from ._advice import advice
from ._evidence import Evidence
from ._gather import gather
from ._leaves import Leaf, Mismatch, Node, Step, as_torch, leaves
from ._pieces import PIECE
from ._rules import Rules, Tolerance, tolerance
from ._summary import summary

# Devices without values, and those whose tensors torch takes to the CPU first.
_APART = frozenset({"meta", "mps"})
# How the layouts are called whose stored values are compared.
_LAYOUTS = {
    torch.jagged: "jagged nested",
    torch.sparse_coo: "sparse COO",
    torch.sparse_csr: "sparse CSR",
    torch.sparse_csc: "sparse CSC",
    torch.sparse_bsr: "sparse BSR",
    torch.sparse_bsc: "sparse BSC",
}
# Characters of long strings that are shown before and after the first that differs.
_AROUND = 24
_PAIRS = (NonePair, BooleanPair, NumberPair, TensorLikePair)


class NotComparable(AssertionError, ValueError):
    """Two values cannot be compared, so they cannot be asserted to be close either."""


@dataclass(frozen=True)
class Finding:
    """A leaf, or a place in the structure, that fails."""

    path: tuple[Step, ...]
    error: type[Exception]
    summary: str
    leaf: Leaf | None = None  # none where the structures do not fit
    tolerance: Tolerance | None = None
    evidence: Evidence | None = None  # where two tensors of one shape differ in their values
    structure: str | None = None  # in what two structures do not fit, in short

    def text(self) -> str:
        """What torch says of it, word for word."""
        if not self.path:
            return self.summary
        return f"{self.summary}\n\nThe failure occurred for item {as_torch(self.path)}"

    def refused(self) -> str:
        """torch's refusal, and what to do about it."""
        found = None if self.leaf is None else advice(self.leaf.actual, self.leaf.expected)
        return self.text() if found is None else f"{self.text()}\n\n{found}"

    def exception(self) -> Exception:
        """As torch would raise it."""
        return self.error(self.refused())

    @property
    def numbers(self) -> tuple[complex, complex] | None:
        """Two Python numbers, or tensors without dimensions, that differ; None of all else."""
        if self.evidence is not None:
            if self.evidence.actual.shape:
                return None
            return self.evidence.actual.item(), self.evidence.expected.item()
        if self.leaf is None or not self.summary.startswith(("Scalars", "Booleans")):
            return None
        values = self.leaf.actual, self.leaf.expected
        return values if all(isinstance(value, (int, float, complex)) for value in values) else None

    def off(self) -> float:
        """How many times the worst error is what is allowed; the error itself where nothing is.

        NaN or infinity where that is no number.
        """
        if self.evidence is not None:
            return self.evidence.ranked[0][0] if self.evidence.worst else math.nan
        if self.numbers is None or self.tolerance is None:
            return math.nan
        actual, expected = self.numbers
        error = abs(actual - expected)
        try:
            if self.tolerance.exact:
                return float(error)
            return error / (self.tolerance.atol + self.tolerance.rtol * abs(expected))
        except (OverflowError, ZeroDivisionError):
            return math.inf


def findings(actual: object, expected: object, rules: Rules) -> tuple[list[Finding], int]:
    """Every failure, the one that torch reports first at the head; how many leaves there are.

    torch refuses a structure that does not fit, or a type that it does not know, before it
    compares any value.
    """
    try:
        actual, expected = local_shards(actual, expected)
    except (AssertionError, TypeError) as error:
        return [Finding((), type(error), str(error))], 1
    found: list[Finding] = []
    waiting: list[tuple[Leaf, Pair | None, Tolerance]] = []
    count = 0
    for node in leaves(actual, expected):
        count += 1
        # The whole has been tried already.
        if isinstance(node, Mismatch) or not (node.path and _accepts(node, rules)):
            try:
                waiting.extend(_originate(_local(node), rules))
            except ErrorMeta as error:
                if isinstance(node, Mismatch):
                    misfit = Finding(node.path, error.type, error.msg, structure=node.detail)
                else:
                    misfit = Finding(node.path, error.type, error.msg, node)
                found.append(misfit)
                if not issubclass(error.type, AssertionError):
                    break  # torch's own refusal of a type or layout: there is nothing to add
            except Exception:
                if not found:
                    raise
                # torch has failed before it comes here.
    if found and not issubclass(found[0].error, AssertionError):
        return found, count
    for leaf, pair, allowed in waiting:
        try:
            one = _compare(leaf, pair, allowed, rules)
        except Exception:
            if not found:
                raise
            continue
        if one is not None:
            found.append(one)
    return found, count


def local_shards(actual: Any, expected: Any) -> tuple[Any, Any]:  # anything may be compared
    """The local tensors of two distributed ones, or the values as they are."""
    # Asking torch whether these are DTensors imports torch.distributed.tensor: 0.4 s, the first
    # time. Where nobody imported that, nothing is one.
    unwrap = getattr(_comparison, "_unwrap_dtensor_for_comparison", None)
    if unwrap is None or "torch.distributed.tensor" not in sys.modules:
        return actual, expected
    local: tuple[Any, Any] = unwrap(actual, expected)
    return local


def _local(node: Node) -> Node:
    """A leaf with its local tensors; torch looks for distributed ones at the top alone."""
    if isinstance(node, Mismatch) or not node.path:
        return node
    try:
        actual, expected = local_shards(node.actual, node.expected)
    except (AssertionError, TypeError) as error:
        raise ErrorMeta(type(error), str(error)) from error
    return Leaf(node.path, actual, expected)


def _accepts(leaf: Leaf, rules: Rules) -> bool:
    return _fast.accepts(
        leaf.actual,
        leaf.expected,
        rules.rtol,
        rules.atol,
        rules.equal_nan,
        rules.allow_subclasses,
        rules.check_stride,
    )


def _originate(node: Node, rules: Rules) -> list[tuple[Leaf, Pair | None, Tolerance]]:
    """What torch compares two values as; no pair where their values alone are left to compare."""
    if isinstance(node, Mismatch):
        raise ErrorMeta(AssertionError, node.message)
    if isinstance(node.actual, str) and isinstance(node.expected, str):
        if node.actual == node.expected:
            return []
        raise ErrorMeta(AssertionError, _strings(node.actual, node.expected))
    allowed = tolerance(node.actual, node.expected, rules)
    if type(node.actual) is type(node.expected) is Tensor and not _fast.replaced():
        if _are_alike(node.actual, node.expected, rules.check_stride):
            return [(node, None, allowed)]
        pair = TensorLikePair(node.actual, node.expected, **_options(rules, allowed))
        return [(node, pair, allowed)]
    pairs = _comparison.originate_pairs(
        node.actual,
        node.expected,
        pair_types=_PAIRS,
        # What torch calls a sequence or mapping has been walked; a leaf is a leaf.
        sequence_types=(),
        mapping_types=(),
        id=tuple(step.key for step in node.path),
        allow_subclasses=rules.allow_subclasses,
        **_options(rules, allowed),
    )
    return [(node, pair, allowed) for pair in pairs]


def _options(rules: Rules, allowed: Tolerance) -> dict[str, Any]:  # numbers and switches
    """What torch's pairs are told, of any kind."""
    return {
        "rtol": allowed.rtol,
        "atol": allowed.atol,
        "equal_nan": rules.equal_nan,
        "check_device": rules.check_device,
        "check_dtype": rules.check_dtype,
        "check_layout": rules.check_layout,
        "check_stride": rules.check_stride,
    }


def _strings(actual: str, expected: str) -> str:
    if max(len(actual), len(expected)) <= 2 * _AROUND:
        return f"Strings mismatch: {actual!r} is not {expected!r}"
    pairs = enumerate(zip(actual, expected, strict=False))
    ended = min(len(actual), len(expected))
    first = next((place for place, (one, other) in pairs if one != other), ended)
    here, there = (_around(text, first) for text in (actual, expected))
    return f"Strings mismatch from character {first} on: {here} is not {there}"


def _around(text: str, place: int) -> str:
    start, stop = max(place - _AROUND, 0), place + _AROUND
    before, after = "…" if start else "", "…" if stop < len(text) else ""
    return f"{before}{text[start:stop]!r}{after}"


def _compare(leaf: Leaf, pair: Pair | None, allowed: Tolerance, rules: Rules) -> Finding | None:
    """Compare a leaf; no pair where its attributes are known to agree."""
    try:
        if pair is None:
            return _judged(leaf, leaf.actual, leaf.expected, allowed, rules.equal_nan)
        if type(pair) is TensorLikePair and not _fast.replaced() and _is_plain(pair):
            pair._compare_attributes(pair.actual, pair.expected)
            _refuse_meta(pair)
            actual, expected = pair._equalize_attributes(pair.actual, pair.expected)
            return _judged(leaf, actual, expected, allowed, rules.equal_nan)
    except ErrorMeta as error:
        return Finding(leaf.path, error.type, error.msg, leaf, allowed)
    except Exception:  # under a mode that lacks an operation: torch's own logic needs fewer
        pair = pair or TensorLikePair(leaf.actual, leaf.expected, **_options(rules, allowed))
    return _compare_as_torch(leaf, pair, allowed)


def _compare_as_torch(leaf: Leaf, pair: Pair, allowed: Tolerance) -> Finding | None:
    evidence = None
    try:
        pair.compare()
        _refuse_meta(pair)
    except ErrorMeta as error:
        if type(pair) is TensorLikePair and error.type is AssertionError:
            evidence = _evidence(pair, allowed)
        return Finding(leaf.path, error.type, error.msg, leaf, allowed, evidence)
    except Exception as error:
        raise RuntimeError(
            f"Comparing\n\n{pair}\n\nresulted in the unexpected exception above."
        ) from error
    return None


def _judged(
    leaf: Leaf, actual: Tensor, expected: Tensor, allowed: Tolerance, equal_nan: bool
) -> Finding | None:
    evidence = gather(actual, expected, allowed, equal_nan)
    if evidence is None:
        return None
    return Finding(leaf.path, AssertionError, summary(evidence), leaf, allowed, evidence)


def _is_plain(pair: TensorLikePair) -> bool:
    """Whether the values are compared as they stand, element by element."""
    actual, expected = pair.actual, pair.expected
    if type(actual) not in _fast.TENSORS or type(expected) not in _fast.TENSORS:
        return False  # a subclass may have an idea of its own of what is close
    return _are_plain(actual, expected) and not actual.is_mps and not actual.is_nested


def _are_plain(actual: Tensor, expected: Tensor) -> bool:
    return (
        actual.layout is expected.layout is torch.strided
        and actual.dtype in _fast.PLAIN
        and expected.dtype in _fast.PLAIN
        # A complex absolute value may differ in its last bit with the place of a piece.
        and not (actual.is_complex() and actual.numel() > PIECE)
    )


def _are_alike(actual: Tensor, expected: Tensor, check_stride: bool) -> bool:
    """Whether torch would find every attribute of two plain tensors the same."""
    return (
        actual.dtype is expected.dtype
        and actual.device == expected.device
        and actual.device.type not in _APART
        and not actual.is_nested
        and not expected.is_nested
        and actual.shape == expected.shape
        and _are_plain(actual, expected)
        and (not check_stride or actual.stride() == expected.stride())
    )


def _evidence(pair: TensorLikePair, allowed: Tolerance) -> Evidence | None:
    """What the values of sparse, quantized or other tensors differ in, if only they differ."""
    actual, expected = pair.actual, pair.expected
    try:
        pair._compare_attributes(actual, expected)
        actual, expected = pair._equalize_attributes(actual, expected)
        stored = None
        if actual.is_quantized:
            actual, expected = actual.dequantize(), expected.dequantize()
        elif actual.layout is not torch.strided:
            kind = _LAYOUTS[actual.layout]
            stored = f"the stored ones of a {kind} tensor of shape {tuple(actual.shape)}"
            if actual.layout is torch.sparse_coo:
                if not torch.equal(actual._indices(), expected._indices()):
                    return None
                actual, expected = actual._values(), expected._values()
            else:
                actual, expected = actual.values(), expected.values()
        evidence = gather(actual, expected, allowed, pair.equal_nan)
        if evidence is not None:
            evidence.stored = stored
        return evidence
    except Exception:  # attributes differ, or an operation is missing: torch's text stands alone
        return None


def _refuse_meta(pair: Pair) -> None:
    for name in ("actual", "expected"):
        value = getattr(pair, name)
        if isinstance(value, Tensor) and value.device.type == "meta":
            raise ErrorMeta(
                NotComparable,
                f"{name} is a meta tensor of shape {tuple(value.shape)}: it has no values, so "
                f"nothing says that they are close. Compare real tensors, or compare shape and "
                f"dtype alone: actual.shape == expected.shape.",
            )
