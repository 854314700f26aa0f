"""The options of a check."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ._compare import Tolerance

# More is not faster: it no longer fits into the caches.
_BUDGET = 4 * 2**20


@dataclass(frozen=True)
class Options:
    """torch's options under torch's names, and how much memory a batch may take.

    Attributes:
        eps, atol, rtol: None for those that fit the precision.
        budget: bytes that the perturbed copies and outputs of one batch may take, about.
        chunk_size: rows of a batch; None for as many as the budget allows.
        max_evaluations: how many the exact check may take; None for any number.
        batched: False to evaluate one perturbation at a time.
    """

    eps: float | None = None
    atol: float | None = None
    rtol: float | None = None
    nondet_tol: float = 0.0
    check_undefined_grad: bool = True
    check_grad_dtypes: bool = False
    check_batched_grad: bool = False
    check_batched_forward_grad: bool = False
    check_forward_ad: bool = False
    check_backward_ad: bool = True
    fast_mode: bool = False
    masked: bool | None = None
    chunk_size: int | None = None
    batched: bool = True
    max_evaluations: int | None = None
    budget: int = _BUDGET

    def tolerance(self, dtype: torch.dtype) -> Tolerance:
        """The step and the tolerances, by default those that suit the precision."""
        default = _FITTING.get(dtype.to_real() if dtype.is_complex else dtype, _FITTING[None])
        return Tolerance(
            eps=default.eps if self.eps is None else self.eps,
            atol=default.atol if self.atol is None else self.atol,
            rtol=default.rtol if self.rtol is None else self.rtol,
        )


# The best step of a central difference is about the cube root of the precision; the tolerances
# cover what rounding and the third derivative then leave.
_FITTING: dict[torch.dtype | None, Tolerance] = {
    None: Tolerance(eps=1e-6, atol=1e-5, rtol=1e-3),
    torch.float32: Tolerance(eps=2.0**-7, atol=2e-3, rtol=1e-2),
    torch.float16: Tolerance(eps=2.0**-3, atol=5e-2, rtol=5e-2),
    torch.bfloat16: Tolerance(eps=2.0**-2, atol=2e-1, rtol=1e-1),
}
