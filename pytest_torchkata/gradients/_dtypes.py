"""What of a tensor's dtype matters to a gradient check."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor


def can_have_gradient(tensor: Tensor) -> bool:
    """Whether tensors of this dtype can have a gradient: floating-point and complex ones."""
    return tensor.is_floating_point() or tensor.is_complex()


def is_double(tensor: Tensor) -> bool:
    """Whether it is float64, or complex with parts of float64: what a check is exact in."""
    return tensor.dtype in (torch.float64, torch.complex128)


def coarsest(tensors: Iterable[Tensor]) -> torch.dtype:
    """The dtype with the fewest digits among those of the tensors, which all have a gradient."""
    return max((tensor.dtype for tensor in tensors), key=lambda dtype: torch.finfo(dtype).eps)
