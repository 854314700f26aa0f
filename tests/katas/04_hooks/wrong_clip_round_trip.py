"""Divides and multiplies by the norm of short ones."""

from torch import Tensor

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_long_gradients_are_clipped"}


def clip_gradient(tensor: Tensor, max_norm: float):
    if max_norm <= 0 or not tensor.requires_grad:
        raise ValueError(max_norm)

    def hook(g):
        norm = g.norm()
        return g if norm == 0 else g / norm * norm.clamp(max=max_norm)

    return tensor.register_hook(hook)
