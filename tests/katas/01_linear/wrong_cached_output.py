"""Remembers the output for an input it has seen."""

from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_parameters_are_read_in_every_call"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        if self.__dict__.get("_last", (None, None))[0] is not x:
            self.__dict__["_last"] = x, super().forward(x)
        return self.__dict__["_last"][1]
