"""The dtypes that tests run in, and those that a device cannot compute in."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import torch

_GROUPS = {
    "auto": ("float32", "float64"),
    "floating": ("float16", "bfloat16", "float32", "float64"),
    "complex": ("complex64", "complex128"),
    "integral": ("uint8", "int8", "int16", "int32", "int64"),
}
_GROUPS["all"] = (*_GROUPS["floating"], *_GROUPS["complex"], *_GROUPS["integral"], "bool")

# Asked without touching a GPU, which a collection must not do.
_NOT_ON = {"mps": frozenset({"float64", "complex128"})}
_SURE_ON = {"cuda": frozenset(_GROUPS["all"]), "xpu": frozenset(_GROUPS["all"]) - {"float64"}}


def select(wanted: str) -> list[torch.dtype]:
    """The dtypes that `--torchkata-dtype` names.

    Args:
        wanted: names as torch has them, without "torch.", or groups (auto, floating, complex,
            integral, all), separated by commas.

    Returns:
        In the order given, each once.

    Raises:
        ValueError: a name is neither; the message lists the groups.
    """
    names = [name.strip() for name in wanted.split(",") if name.strip()]
    found = [dtype for name in names for dtype in map(as_dtype, _GROUPS.get(name, (name,)))]
    if not found:
        raise ValueError(f"{wanted!r} names no dtype. {_HELP}")
    return list(dict.fromkeys(found))


def as_dtype(named: object) -> torch.dtype:
    """A dtype, or the one of that name.

    Raises:
        ValueError: it is none.
    """
    dtype = getattr(torch, named, None) if isinstance(named, str) else named
    if not isinstance(dtype, torch.dtype):
        raise ValueError(f"{named!r} is no dtype of torch {torch.__version__}. {_HELP}")
    return dtype


def name(dtype: torch.dtype) -> str:
    """The name of a dtype as ids have it: float32."""
    return str(dtype).removeprefix("torch.")


@functools.cache
def why_not(device: torch.device, dtype: torch.dtype) -> str:
    """Why nothing can be computed in that dtype there; empty where it can.

    Computing means to make a tensor and to add to it: float8 tensors can be made, but not added.
    """
    if name(dtype) in _SURE_ON.get(device.type, ()):
        return ""
    if name(dtype) in _NOT_ON.get(device.type, ()):
        return f"{device.type} has no {name(dtype)}"
    try:
        torch.ones(2, dtype=dtype, device=device) + torch.ones(2, dtype=dtype, device=device)
    except (RuntimeError, TypeError, NotImplementedError) as error:
        reason = str(error).partition("\n")[0]
        return f"{device.type} cannot compute in {name(dtype)}: {reason}"
    return ""


def among(wanted: Iterable[torch.dtype], allowed: Iterable[torch.dtype]) -> list[torch.dtype]:
    """Those of `allowed` that are wanted, in its order."""
    names = set(wanted)
    return [dtype for dtype in allowed if dtype in names]


_HELP = f"Names are those of torch (float32, int64, ...) and {', '.join(sorted(_GROUPS))}."
