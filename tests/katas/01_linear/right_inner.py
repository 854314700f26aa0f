"""An inner product, and the bias in a view with as many dimensions as the output."""

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
        for name, size in (("in_features", in_features), ("out_features", out_features)):
            if size < 1:
                raise ValueError(f"{name} must be at least 1, got {size}")
        self.in_features = in_features
        self.out_features = out_features
        self.weights = nn.Parameter(torch.randn(in_features, out_features) / in_features**0.5)
        self.bias = nn.Parameter(torch.zeros(out_features)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layer to every sample in x.

        Args:
            x: (..., in_features), any number of leading dimensions, also none; of the layer's
                dtype and on its device. It stays as it is.

        Returns:
            (..., out_features), of the layer's dtype and on its device.
        """
        y = torch.inner(x, self.weights.T)
        if self.bias is None:
            return y
        return y + self.bias.view(*[1] * (y.dim() - 1), self.out_features)

    def __repr__(self) -> str:
        return (
            f"MyLinear(in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None})"
        )
