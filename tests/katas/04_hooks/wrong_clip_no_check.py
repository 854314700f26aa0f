"""Checks nothing."""

from torch import Tensor

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_what_cannot_be_clipped_is_refused"}


def clip_gradient(tensor: Tensor, max_norm: float):

    def hook(g):
        norm = g.norm()
        return g * (max_norm / norm) if norm > max_norm else g

    return tensor.register_hook(hook)
