"""Keeps a copy of the weights until autograd counts a change of them."""

from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_parameters_are_read_in_every_call"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        version = id(self.weights), self.weights._version
        if self.__dict__.get("_version") != version:
            self.__dict__["_version"] = version
            self.__dict__["_copy"] = self.weights.detach().clone()
        y = x @ (self.__dict__["_copy"] + (self.weights - self.weights.detach()))
        return y if self.bias is None else y + self.bias
