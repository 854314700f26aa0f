"""Adds 1e-6 to the norm, as clip_grad_norm_ does."""

from torch import Tensor

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_long_gradients_are_clipped"}


def clip_gradient(tensor: Tensor, max_norm: float):
    if max_norm <= 0 or not tensor.requires_grad:
        raise ValueError(max_norm)

    def hook(g):
        norm = g.norm()
        return g * (max_norm / (norm + 1e-6)) if norm > max_norm else g

    return tensor.register_hook(hook)
