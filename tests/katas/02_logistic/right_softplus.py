"""exp(-softplus(-z)), sums of products, lerp: hardly a formula as in the lesson."""

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["LogisticRegression", "loss", "sigmoid"]


def sigmoid(z: Tensor) -> Tensor:
    """The logistic function 1 / (1 + exp(-z)) of every element of z.

    Args:
        z: any shape, of a floating dtype; any value. It stays as it is.

    Returns:
        Same shape, dtype and device as z. Every element is in [0, 1] and accurate relative to
        its own size, however small it is: sigmoid(-40) is 4.248e-18. Infinities give exactly
        0 and 1, NaN gives NaN. No input makes it warn.
    """
    return torch.exp(-functional.softplus(-z))


def loss(yhat: Tensor, y: Tensor) -> Tensor:
    """The binary cross-entropy of predictions, averaged over all samples.

    The mean of -(y log(yhat) + (1 - y) log(1 - yhat)), where a logarithm below -100 counts as
    -100. So the loss of a prediction that is certain and wrong is 100, not infinity.

    Args:
        yhat: (1, m), m >= 1, in [0, 1]: the probability of class 1. It stays as it is.
        y: (1, m), the classes, each 0.0 or 1.0, of the dtype of yhat. It stays as it is.

    Returns:
        Zero-dimensional, of the dtype and on the device of yhat, never negative, always finite.

    Raises:
        ValueError: yhat and y have different shapes (the message tells both), or m = 0.

    Source: the clamp is the one that torch.nn.BCELoss documents.
    """
    _check(yhat, y)
    floor = torch.full_like(yhat, -100)
    logs = torch.stack([torch.maximum((1 - yhat).log(), floor), torch.maximum(yhat.log(), floor)])
    return -(logs * torch.stack([1 - y, y])).sum() / y.shape[1]


class LogisticRegression(nn.Module):
    """Tells two classes apart by the sign of w^T x + b, and learns without autograd.

    Columns are samples: x is (dim, m), and the predictions and the classes are (1, m).

    Args:
        dim: number of features, at least 1.
        lr: learning rate, the size of one step of gradient descent.

    Attributes:
        w: buffer of shape (dim, 1), zeros at first.
        b: zero-dimensional buffer, zero at first.
        lr: as given.
        grads: dict with the gradients that the last backward left, and with tensors of the same
            shapes before it: "dw" of shape (dim, 1), "db" zero-dimensional.

    Raises:
        ValueError: dim is below 1; the message tells its value.
    """

    w: Tensor
    b: Tensor
    lr: float
    grads: dict[str, Tensor]

    def __init__(self, dim: int, lr: float = 0.01) -> None:
        super().__init__()
        super().__init__()
        if dim < 1:
            raise ValueError(f"a model of {dim} features has nothing to learn from")
        self.register_buffer("w", torch.zeros(dim).unsqueeze(1))
        self.register_buffer("b", torch.zeros(1).squeeze())
        self.grads = {"dw": torch.zeros(dim, 1), "db": torch.zeros(())}
        self.lr = lr

    def forward(self, x: Tensor) -> Tensor:
        """Predict the probability of class 1 for every sample: sigmoid(w^T x + b).

        Args:
            x: (dim, m), m >= 1, of the model's dtype and on its device. It stays as it is.

        Returns:
            (1, m), of the same dtype and on the same device.

        Raises:
            ValueError: x does not have dim rows (the message tells how many it has), or m = 0.
        """
        _check(x, x, len(self.w))
        return sigmoid((x * self.w).sum(0, keepdim=True).add(self.b))

    def backward(self, x: Tensor, yhat: Tensor, y: Tensor) -> None:
        """Store in grads the derivative of loss(yhat, y) with respect to w and b.

        dw = x (yhat - y)^T / m and db = mean(yhat - y), in place of what was there. w and b stay.

        Args:
            x: (dim, m), m >= 1: what yhat was predicted from.
            yhat: (1, m): the predictions, as forward gave them.
            y: (1, m): the classes, each 0.0 or 1.0.

        Raises:
            ValueError: x does not have dim rows (the message tells how many it has), yhat and y
                have different shapes (the message tells both), or m = 0.
        """
        _check(x, x, len(self.w))
        _check(yhat, y)
        with torch.no_grad():
            self.grads = {"dw": (x * (yhat - y)).mean(dim=1, keepdim=True), "db": (yhat - y).mean()}

    def optimize(self) -> None:
        """Take one step of gradient descent, with lr and grads, on w and b.

        w and b stay buffers of the same shape, dtype and device.
        """
        self.w.sub_(self.grads["dw"], alpha=self.lr)
        self.b.sub_(self.grads["db"], alpha=self.lr)


def _check(first: Tensor, second: Tensor, rows: int | None = None) -> None:
    if first.shape != second.shape:
        raise ValueError(f"shapes {first.shape} and {second.shape} differ")
    if rows not in (None, first.shape[0]):
        raise ValueError(f"expected {rows} rows, got {first.shape}")
    if not first.numel():
        raise ValueError(f"empty batch: {first.shape}")
