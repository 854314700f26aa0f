"""Flattens to two dimensions, calls addmm, and restores the shape."""

import torch
from torch import Tensor, nn

__all__ = ["MyLinear"]


class MyLinear(nn.Module):
    """A layer that computes y = x @ weights + bias.

    Its repr tells what it is, for example `MyLinear(in_features=3, out_features=5, bias=True)`.

    Args:
        in_features: size of each input sample, at least 1.
        out_features: size of each output sample, at least 1.
        bias: whether the layer adds a bias.

    Attributes:
        in_features: as given.
        out_features: as given.
        weights: nn.Parameter of shape (in_features, out_features), random at first.
        bias: nn.Parameter of shape (out_features,), or None where the layer adds no bias.

    Raises:
        ValueError: a size is below 1; the message names the argument and its value.
    """

    weights: nn.Parameter
    bias: nn.Parameter | None

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        self.in_features = self._size("in_features", in_features)
        self.out_features = self._size("out_features", out_features)
        self.weights = nn.Parameter(torch.empty(in_features, out_features).uniform_(-1, 1))
        self.bias = nn.Parameter(torch.empty(out_features).fill_(0.1)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layer to every sample in x.

        Args:
            x: (..., in_features), any number of leading dimensions, also none; of the layer's
                dtype and on its device. It stays as it is.

        Returns:
            (..., out_features), of the layer's dtype and on its device.
        """
        rows = x.reshape(x.shape[:-1].numel(), self.in_features)
        if self.bias is None:
            y = torch.mm(rows, self.weights)
        else:
            y = torch.addmm(self.bias, rows, self.weights)
        return y.view(*x.shape[:-1], self.out_features)

    @staticmethod
    def _size(name: str, value: int) -> int:
        if value < 1:
            raise ValueError(f"{name}: {value}, but a layer needs at least 1")
        return value

    def __repr__(self) -> str:
        sizes = f"in_features={self.in_features}, out_features={self.out_features}"
        return f"{type(self).__name__}({sizes}, bias={self.bias is not None})"
