"""Scales the gradient in place."""

from torch import Tensor

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_clipping_hides_nothing"}


def clip_gradient(tensor: Tensor, max_norm: float):
    if max_norm <= 0 or not tensor.requires_grad:
        raise ValueError(max_norm)

    def hook(g):
        norm = g.norm()
        if norm > max_norm:
            g.mul_(max_norm / norm)

    return tensor.register_hook(hook)
