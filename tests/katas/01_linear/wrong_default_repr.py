"""Has the repr of nn.Module."""

from torch import nn

from .solution import MyLinear as Right

CAUGHT_BY = {"test_the_layer_tells_what_it_is"}


class MyLinear(Right):
    __repr__ = nn.Module.__repr__
