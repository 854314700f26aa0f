"""Analytic against numerical Jacobians, entry by entry, by torch's rule."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Tolerance:
    """|analytic - numerical| <= atol + rtol * |numerical|, the step of the difference, and both.

    Attributes:
        eps: step of the central difference.
        atol, rtol: absolute and relative tolerance.
    """

    eps: float
    atol: float
    rtol: float

    def all_close(self, analytic: Tensor, numerical: Tensor) -> bool:
        """Whether two tensors agree everywhere."""
        # The usual case at a fraction of the price of isclose: no entry is larger than the
        # Euclidean norm, the one that torch computes fast. False for NaN and infinity.
        apart = float(torch.linalg.vector_norm(analytic - numerical))
        if apart <= self.atol:
            return True
        # No more can be apart where every entry is within its tolerance; NaN goes on to isclose.
        most = self.atol * analytic.numel() ** 0.5
        most += self.rtol * float(torch.linalg.vector_norm(numerical))
        if apart > 1.001 * most:
            return False
        return bool(self.close(analytic, numerical).all())

    def close(self, analytic: Tensor, numerical: Tensor) -> Tensor:
        """Where two tensors agree; NaN agrees with nothing."""
        return torch.isclose(analytic, numerical, rtol=self.rtol, atol=self.atol)

    def allowed(self, numerical: complex) -> float:
        """How much the analytic value may differ from this numerical one."""
        return self.atol + self.rtol * abs(numerical)


def promoted(analytic: Tensor, numerical: Tensor) -> tuple[Tensor, Tensor]:
    """Both on one device in one dtype, the wider of the two."""
    dtype = torch.promote_types(analytic.dtype, numerical.dtype)
    return analytic.to(dtype), numerical.to(analytic.device, dtype)


def as_complex(columns: Tensor) -> Tensor:
    """(2 n, m) real columns of a complex leaf as (n, m) complex ones: d/d(re) + i d/d(im)."""
    return torch.complex(columns[0::2], columns[1::2])
