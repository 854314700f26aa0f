"""Puts zeros where there is NaN."""

from torch import Tensor

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_clipping_hides_nothing"}


def clip_gradient(tensor: Tensor, max_norm: float):
    if max_norm <= 0 or not tensor.requires_grad:
        raise ValueError(max_norm)

    def hook(g):
        g = g.nan_to_num()
        norm = g.norm()
        return g * (max_norm / norm) if norm > max_norm else g

    return tensor.register_hook(hook)
