"""Writes every output into the same memory."""

import torch
from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_nothing_given_is_changed"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        y = super().forward(x)
        kept = self.__dict__.get("_kept")
        if kept is None or kept.shape != y.shape or kept.dtype != y.dtype:
            kept = self.__dict__["_kept"] = torch.empty_like(y, requires_grad=False)
        kept.copy_(y.detach())
        return _Through.apply(y, kept)


class _Through(torch.autograd.Function):
    @staticmethod
    def forward(ctx: object, y: Tensor, kept: Tensor) -> Tensor:
        return kept.view_as(kept)

    @staticmethod
    def backward(ctx: object, up: Tensor) -> tuple[Tensor, None]:
        return up, None
