"""Divides a gradient of zeros by its norm."""

from torch import Tensor

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_long_gradients_are_clipped", "test_clipping_hides_nothing"}


def clip_gradient(tensor: Tensor, max_norm: float):
    if max_norm <= 0 or not tensor.requires_grad:
        raise ValueError(max_norm)

    def hook(g):
        norm = g.norm()
        return g / norm * norm.clamp(max=max_norm)

    return tensor.register_hook(hook)
