"""The spectral norm of a matrix."""

import torch
from torch import Tensor

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_long_gradients_are_clipped"}


def clip_gradient(tensor: Tensor, max_norm: float):
    if max_norm <= 0 or not tensor.requires_grad:
        raise ValueError(max_norm)

    def hook(g):
        norm = torch.linalg.matrix_norm(g, 2) if g.dim() == 2 else g.norm()
        return g * (max_norm / norm) if norm > max_norm else g

    return tensor.register_hook(hook)
