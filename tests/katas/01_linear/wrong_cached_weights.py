"""Keeps a detached copy of the weights from the first call."""

from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_parameters_are_read_in_every_call"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        if "_first" not in self.__dict__:
            self.__dict__["_first"] = self.weights.detach().clone()
        y = x @ (self.__dict__["_first"] + (self.weights - self.weights.detach()))
        return y if self.bias is None else y + self.bias
