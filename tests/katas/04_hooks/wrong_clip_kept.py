"""Keeps the tensor's graph in a list."""

from torch import Tensor

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_clipping_hides_nothing"}


KEPT: list = []


def clip_gradient(tensor: Tensor, max_norm: float):
    if max_norm <= 0 or not tensor.requires_grad:
        raise ValueError(max_norm)

    def hook(g):
        norm = g.norm()
        return g * (max_norm / norm) if norm > max_norm else g

    KEPT.append(tensor)
    return tensor.register_hook(hook)
