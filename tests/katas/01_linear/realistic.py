"""A call of the size of a small network's layer, for the refactor stage to time."""

from collections.abc import Callable
from types import ModuleType

import torch
from torch import Tensor


def call(module: ModuleType) -> Callable[[], Tensor]:
    """Forward and backward of a layer of 256 to 256 features, on 64 samples."""
    layer = module.MyLinear(256, 256)
    x = torch.randn(64, 256)

    def both() -> Tensor:
        y: Tensor = layer(x)
        y.sum().backward()
        return y

    return both
