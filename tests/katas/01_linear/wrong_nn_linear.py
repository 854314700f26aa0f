"""Calls an nn.Linear that it made for the purpose."""

from torch import Tensor, nn

from .solution import MyLinear as Right

CAUGHT_BY = {"test_one_sample"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        inner = nn.Linear(self.in_features, self.out_features, bias=False)
        inner.weight = nn.Parameter(self.weights.detach().T)
        return inner(x) if self.bias is None else inner(x) + self.bias
