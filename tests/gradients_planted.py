"""Derivatives with one planted error, for tests and benchmarks of gradient checks.

46 of them: a wrong sign, an entry that is 1 % off, two neighbours whose errors cancel, and two
errors that cancel under the one random vector that torch's fast mode draws for an input of that
size; in dense Jacobians of 8 to 256 rows and in those of elementwise functions of 256 to 4,096.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Planted:
    """A function of a vector with one error in its derivative.

    Attributes:
        kind: what is wrong.
        shape: "dense" for W x, "elementwise" for sin x.
        size: elements of the input, and of the output.
        row: where the error is; it sits in columns row and, where there are two, row + 1.
    """

    kind: str
    shape: str
    size: int
    row: int = 3

    def __str__(self) -> str:
        return f"{self.kind}, {self.shape}, {self.size}, row {self.row}"

    def input(self) -> Tensor:
        """(size,) float64, requiring a gradient."""
        own = torch.Generator().manual_seed(1)
        return torch.rand(self.size, generator=own, dtype=torch.float64).add(0.2).requires_grad_()

    def function(self, *, right: bool = False) -> Callable[[Tensor], Tensor]:
        """The function; `right`: with the right derivative."""
        size, dense = self.size, self.shape == "dense"
        own = torch.Generator().manual_seed(size)
        shape = (size, size) if dense else (0, 0)
        w = torch.randn(shape, generator=own, dtype=torch.float64) / size**0.5
        there = w[self.row, self.row] if dense else self.input().detach().cos()[self.row]
        first, second = (0.0, 0.0) if right else self._errors(float(there))
        row, column, other = self.row, self.row, (self.row + 1) % size

        class Function(torch.autograd.Function):
            @staticmethod
            def forward(ctx: Any, x: Tensor) -> Tensor:
                ctx.save_for_backward(x)
                result: Tensor = w @ x if dense else x.sin()
                return result

            @staticmethod
            def backward(ctx: Any, grad: Tensor) -> Tensor:
                (x,) = ctx.saved_tensors
                exact = w.T @ grad if dense else grad * x.cos()
                error = torch.zeros(size, dtype=torch.float64)
                error[column] = first
                error[other] = second
                result: Tensor = exact + grad[row] * error
                return result

        apply: Callable[[Tensor], Tensor] = Function.apply
        return apply

    def _errors(self, there: float) -> tuple[float, float]:
        """What is added to the derivative in the two columns."""
        if self.kind == "sign":
            return -2 * there, 0.0
        if self.kind == "percent":
            return 0.01 * there, 0.0
        if self.kind == "neighbours":
            return 0.01, -0.01
        # torch's fast mode: the first numbers of a generator that nobody seeded.
        u = torch.rand(self.size, generator=torch.Generator()).double()
        return 0.1 / float(u[self.row]), -0.1 / float(u[(self.row + 1) % self.size])


KINDS = ("sign", "percent", "neighbours", "torch's seed")
SIZES = (
    *(("dense", size) for size in (8, 16, 32, 64, 128, 256)),
    *(("elementwise", size) for size in (256, 512, 1024, 2048, 4096)),
)
PLANTED = (
    *(Planted(kind, shape, size) for shape, size in SIZES for kind in KINDS),
    Planted("sign", "dense", 256, row=255),
    Planted("percent", "elementwise", 4096, row=4095),
)
