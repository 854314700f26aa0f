"""Broadcasts, multiplies and sums: no matrix product at all."""

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
        if min(in_features, out_features) < 1:
            raise ValueError(
                f"sizes must be positive, got in_features={in_features}, "
                f"out_features={out_features}"
            )
        nn.Module.__init__(self)
        self.weights = nn.Parameter(torch.rand(out_features, in_features).T - 0.5)
        self.bias = nn.Parameter(torch.rand(out_features) - 0.5) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layer to every sample in x.

        Args:
            x: (..., in_features), any number of leading dimensions, also none; of the layer's
                dtype and on its device. It stays as it is.

        Returns:
            (..., out_features), of the layer's dtype and on its device.
        """
        y = (x[..., :, None] * self.weights).sum(dim=-2)
        return y if self.bias is None else torch.add(y, self.bias)

    @property
    def in_features(self) -> int:
        return self.weights.shape[0]

    @property
    def out_features(self) -> int:
        return self.weights.shape[1]

    def extra_repr(self) -> str:
        bias = self.bias is not None
        return f"in_features={self.in_features}, out_features={self.out_features}, {bias=}"
