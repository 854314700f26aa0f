"""Works for leaves only."""

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

    return tensor.register_post_accumulate_grad_hook(hook)
