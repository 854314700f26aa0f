"""The repr says bias=True whatever the layer has."""

from .solution import MyLinear as Right

CAUGHT_BY = {"test_the_layer_tells_what_it_is"}


class MyLinear(Right):
    def __repr__(self) -> str:
        return (
            f"MyLinear(in_features={self.in_features}, out_features={self.out_features}, bias=True)"
        )
