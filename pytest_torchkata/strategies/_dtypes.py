"""Dtypes, from the most usual to the rarest."""

from __future__ import annotations

import torch
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import SearchStrategy

KINDS: dict[str, tuple[str, ...]] = {
    "floating": ("float32", "float64", "float16", "bfloat16"),
    "integer": ("int64", "int32", "int16", "int8", "uint8"),
    "boolean": ("bool",),
    "complex": ("complex64", "complex128", "complex32"),
    "unsigned": ("uint8", "uint16", "uint32", "uint64"),
    "float8": (
        "float8_e4m3fn",
        "float8_e5m2",
        "float8_e4m3fnuz",
        "float8_e5m2fnuz",
        "float8_e8m0fnu",
    ),
}


def dtypes(*kinds: str) -> SearchStrategy[torch.dtype]:
    """Dtypes of some kinds; all of them by default.

    Args:
        kinds: "floating" (float32, float64, float16, bfloat16), "integer" (int64 to int8 and
            uint8), "boolean", "complex", and those that few operations know: "unsigned"
            (uint16 to uint64 too) and "float8". Those this torch lacks are left out.
    """
    for kind in kinds:
        if kind not in KINDS:
            raise InvalidArgument(f"kind {kind!r} is not one of {', '.join(KINDS)}")
    names = dict.fromkeys(name for kind in kinds or KINDS for name in KINDS[kind])
    return st.sampled_from([getattr(torch, name) for name in names if hasattr(torch, name)])


def floating_dtypes() -> SearchStrategy[torch.dtype]:
    """float32, float64, float16, bfloat16."""
    return dtypes("floating")


def integer_dtypes() -> SearchStrategy[torch.dtype]:
    """int64, int32, int16, int8, uint8."""
    return dtypes("integer")


def complex_dtypes() -> SearchStrategy[torch.dtype]:
    """complex64, complex128, complex32."""
    return dtypes("complex")
