"""Gives every element the same share."""

from torch import Tensor

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_long_gradients_are_clipped"}


def clip_gradient(tensor: Tensor, max_norm: float):
    if max_norm <= 0 or not tensor.requires_grad:
        raise ValueError(max_norm)

    def hook(g):
        if g.norm() > max_norm:
            return g.sign() * max_norm / g.count_nonzero() ** 0.5
        return g

    return tensor.register_hook(hook)
