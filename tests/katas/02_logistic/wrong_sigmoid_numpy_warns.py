"""NumPy's where computes both sides, and warns."""

import numpy as np
import torch
from torch import Tensor

from .solution import LogisticRegression, loss

CAUGHT_BY = {"test_sigmoid_of_huge_numbers"}
__all__ = ["LogisticRegression", "loss", "sigmoid"]


def sigmoid(z: Tensor) -> Tensor:
    a = z.detach().cpu().numpy()
    result = np.where(a < 0, np.exp(a) / (1 + np.exp(a)), 1 / (1 + np.exp(-a)))
    return torch.from_numpy(np.asarray(result)).to(z)
