"""torch's own summary of a failure, word for word: suites match on it."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.testing._comparison import make_scalar_mismatch_msg

from ._evidence import Evidence


def unravel(index: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The index in each dimension of the element at a flat index."""
    found = []
    for size in reversed(shape):
        index, position = divmod(index, size)
        found.append(position)
    return tuple(reversed(found))


def item(tensor: Tensor, index: int) -> Any:  # a Python number of the tensor's kind
    """One element, by its flat index."""
    return tensor[unravel(index, tuple(tensor.shape))].item()


def summary(evidence: Evidence) -> str:
    """How torch words this failure, with differences of integers that never overflow."""
    rtol, atol = evidence.tolerance.rtol, evidence.tolerance.atol
    if not evidence.actual.shape:
        actual, expected = evidence.actual.item(), evidence.expected.item()
        return make_scalar_mismatch_msg(actual, expected, rtol=rtol, atol=atol)
    absolute: Any = evidence.absolute.value
    if evidence.overflowed:
        index = evidence.absolute.index
        absolute = abs(int(item(evidence.actual, index)) - int(item(evidence.expected, index)))
    shape = tuple(evidence.actual.shape)
    exact = evidence.tolerance.exact
    share = f"{evidence.mismatched / evidence.total:.1%}"
    lines = [
        f"Tensor-likes are not {'equal' if exact else 'close'}!",
        "",
        f"Mismatched elements: {evidence.mismatched} / {evidence.total} ({share})",
    ]
    for name, value, index, allowed in (
        ("absolute", absolute, evidence.absolute.index, atol),
        ("relative", evidence.relative.value, evidence.relative.index, rtol),
    ):
        line = f"Greatest {name} difference: {value} at index {unravel(index, shape)}"
        lines.append(line if exact else f"{line} (up to {allowed} allowed)")
    return "\n".join(lines)
