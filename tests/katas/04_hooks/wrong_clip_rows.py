"""Clips each row by itself."""

import torch
from torch import Tensor

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_long_gradients_are_clipped"}


def clip_gradient(tensor: Tensor, max_norm: float):
    if max_norm <= 0 or not tensor.requires_grad:
        raise ValueError(max_norm)

    def hook(g):
        norm = g.norm(dim=-1, keepdim=True) if g.dim() else g.abs()
        return torch.where(norm > max_norm, g * (max_norm / norm), g)

    return tensor.register_hook(hook)
