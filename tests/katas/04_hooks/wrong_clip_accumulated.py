"""Clips .grad after it has accumulated."""

from torch import Tensor

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_long_gradients_are_clipped"}


def clip_gradient(tensor: Tensor, max_norm: float):
    if max_norm <= 0 or not tensor.requires_grad:
        raise ValueError(max_norm)

    def hook(p):
        norm = p.grad.norm()
        if norm > max_norm:
            p.grad.mul_(max_norm / norm)

    if tensor.is_leaf:
        return tensor.register_post_accumulate_grad_hook(hook)

    def plain(g):
        norm = g.norm()
        return g * (max_norm / norm) if norm > max_norm else g

    return tensor.register_hook(plain)
