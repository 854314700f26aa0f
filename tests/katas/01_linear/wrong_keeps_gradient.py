"""Replaces the gradient instead of adding to it."""

from torch import Tensor

from .solution import MyLinear as Right

CAUGHT_BY = {"test_gradients"}


class MyLinear(Right):
    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__(in_features, out_features, bias)
        self.weights.register_post_accumulate_grad_hook(_replace)


def _replace(parameter: Tensor) -> None:
    """Take back what was there before this pass."""
    before = getattr(parameter, "before", None)
    assert parameter.grad is not None
    parameter.grad = parameter.grad if before is None else parameter.grad - before
    parameter.before = parameter.grad.clone()
