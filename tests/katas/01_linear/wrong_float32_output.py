"""Always gives float32."""

from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_the_dtype_of_the_layer"}


class MyLinear(Right):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).float()
