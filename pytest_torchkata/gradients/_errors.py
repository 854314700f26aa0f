"""What a failed gradient check raises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch.autograd.gradcheck import GradcheckError as TorchGradcheckError

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Mismatch:
    """The Jacobian of one output with respect to one input, where it is wrong.

    Attributes:
        output: index of the output among the differentiable ones, as torch counts them.
        input: index of the input among the checked ones, as torch counts them.
        name: what was perturbed, such as `input 0 (x)` or `parameter layer.weight`.
        shape: its shape.
        output_shape: the shape of the output.
        failing: number of entries of the Jacobian that are outside the tolerance.
        entries: number of entries of the Jacobian.
        index: index into the input of the worst entry.
        output_index: index into the output of the worst entry.
        analytic, numerical: the two values there.
        tolerance: what |analytic - numerical| was allowed to be there.
        reasons: why, as far as the data prove it; empty when they prove nothing.
    """

    output: int
    input: int
    name: str
    shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    failing: int
    entries: int
    index: tuple[int, ...]
    output_index: tuple[int, ...]
    analytic: complex
    numerical: complex
    tolerance: float
    reasons: tuple[str, ...] = ()

    @property
    def ratio(self) -> complex | None:
        """Analytic over numerical value; None where the numerical one is zero."""
        return self.analytic / self.numerical if self.numerical else None


class GradcheckError(TorchGradcheckError, AssertionError):
    """A gradient is wrong.

    It is torch's error, so that suites which catch that one keep working, and an
    AssertionError, so that a test that raises it has failed.

    Attributes:
        mismatches: every Jacobian that is wrong, the worst first; empty when the failure is
            another one (an integer output, a backward that is not reentrant, ...).
        notes: how the check was made, where it was not made in batches and why.
        reasons: why, where the reason is one for all mismatches (it is no function of its inputs,
            it computes in low precision); the others are with each mismatch.
    """

    def __init__(
        self,
        text: str,
        mismatches: Sequence[Mismatch] = (),
        notes: Sequence[str] = (),
        reasons: Sequence[str] = (),
    ) -> None:
        super().__init__(text)
        self.mismatches = tuple(mismatches)
        self.notes = tuple(notes)
        self.reasons = tuple(reasons)
