"""Einsum, register_parameter, nn.init and extra_repr."""

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
        if in_features < 1:
            raise ValueError(f"in_features={in_features} is below 1")
        if out_features < 1:
            raise ValueError(f"out_features={out_features} is below 1")
        self.in_features, self.out_features = in_features, out_features
        self.weights = nn.Parameter(torch.empty(in_features, out_features))
        nn.init.kaiming_uniform_(self.weights)
        self.register_parameter("bias", None)
        if bias:
            self.bias = nn.Parameter(nn.init.normal_(torch.empty(out_features)))

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layer to every sample in x.

        Args:
            x: (..., in_features), any number of leading dimensions, also none; of the layer's
                dtype and on its device. It stays as it is.

        Returns:
            (..., out_features), of the layer's dtype and on its device.
        """
        y = torch.einsum("...i,io->...o", x, self.weights)
        if self.bias is not None:
            y = y + self.bias
        return y

    def extra_repr(self) -> str:
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )
