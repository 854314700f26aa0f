"""What to do about two values that torch does not compare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from torch import Tensor, nn

from ._rules import is_array


def advice(actual: object, expected: object) -> str | None:
    """A sentence that follows torch's refusal; None where there is nothing to add."""
    for name, one, other in (("actual", actual, expected), ("expected", expected, actual)):
        found = _advice(name, one, other)
        if found is not None:
            return found
    if is_array(actual) and is_array(expected):
        return _arrays(actual, expected)
    return None


def _advice(name: str, one: object, other: object) -> str | None:
    """What to do with `one`, which has that name."""
    if isinstance(one, Iterator):
        return f"{name} is an iterator, which can be read but once: compare list({name})."
    if isinstance(one, nn.Module) and isinstance(other, Mapping):
        return f"{name} is a module: compare {name}.state_dict()."
    if not isinstance(other, Tensor):
        return None
    if isinstance(one, (bool, int, float, complex)):
        whose = "expected" if name == "actual" else "actual"
        return f"A tensor is compared with a tensor: torch.tensor({one!r}), or {whose}.item()."
    if is_array(one):
        return f"A tensor is compared with a tensor: torch.from_numpy({name})."
    if isinstance(one, Sequence) and not isinstance(one, (str, bytes)):
        return f"A tensor is compared with a tensor: torch.tensor({name})."
    return None


def _arrays(actual: object, expected: object) -> str | None:
    for name, array in (("actual", actual), ("expected", expected)):
        if any(stride < 0 for stride in array.strides):  # type: ignore[attr-defined]  # an array
            return (
                f"torch has no negative strides, as {name} has: "
                f"compare numpy.ascontiguousarray({name})."
            )
        dtype = array.dtype  # type: ignore[attr-defined]  # likewise
        if dtype.kind not in "biufc":
            return f"torch has no dtype like that of {name}, {dtype}: compare with numpy.testing."
        if not dtype.isnative:
            native = f"{name}.astype({name}.dtype.newbyteorder('='))"
            return f"torch has no byte order like that of {name}, {dtype.str}: compare {native}."
    return None
