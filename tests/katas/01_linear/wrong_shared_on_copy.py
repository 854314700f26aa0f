"""A deep copy shares the parameters."""

from .solution import MyLinear as Right

CAUGHT_BY = {"test_copies_compute_the_same"}


class MyLinear(Right):
    def __deepcopy__(self, memo: dict[int, object]) -> "MyLinear":
        made = MyLinear(self.in_features, self.out_features, self.bias is not None)
        made.weights, made.bias = self.weights, self.bias
        return made
