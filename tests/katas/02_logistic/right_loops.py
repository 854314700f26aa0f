"""Plain loops and Python's math: slow, and right."""

import math

import torch
from torch import Tensor, nn

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
    values = [_sigmoid(value) for value in z.flatten().tolist()]
    return torch.tensor(values, dtype=z.dtype, device=z.device).view(z.shape)


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
    _compare(yhat, y)
    total = 0.0
    for chance, label in zip(yhat.flatten().tolist(), y.flatten().tolist(), strict=True):
        chance = chance if label else 1 - chance
        total -= max(-100.0, math.log(chance)) if chance else -100.0
    return yhat.new_tensor(total / yhat.numel())


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
            raise ValueError(f"dim = {dim}")
        self.dim, self.lr = dim, lr
        self.register_buffer("w", torch.tensor([[0.0]] * dim))
        self.register_buffer("b", torch.tensor(0.0))
        self.grads = {"dw": self.w.clone(), "db": self.b.clone()}

    def forward(self, x: Tensor) -> Tensor:
        """Predict the probability of class 1 for every sample: sigmoid(w^T x + b).

        Args:
            x: (dim, m), m >= 1, of the model's dtype and on its device. It stays as it is.

        Returns:
            (1, m), of the same dtype and on the same device.

        Raises:
            ValueError: x does not have dim rows (the message tells how many it has), or m = 0.
        """
        self._look_at(x)
        columns = [(self.w.T @ column + self.b).squeeze(0) for column in x.unbind(dim=1)]
        return sigmoid(torch.stack(columns)[None])

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
        self._look_at(x)
        _compare(yhat, y)
        dw, db = torch.zeros_like(self.w), torch.zeros_like(self.b)
        for column in range(x.shape[1]):
            error = yhat[0, column] - y[0, column]
            dw += error * x[:, column : column + 1]
            db += error
        self.grads = {"dw": dw / x.shape[1], "db": db / x.shape[1]}

    def optimize(self) -> None:
        """Take one step of gradient descent, with lr and grads, on w and b.

        w and b stay buffers of the same shape, dtype and device.
        """
        self.w, self.b = self.w - self.lr * self.grads["dw"], self.b - self.lr * self.grads["db"]

    def _look_at(self, x: Tensor) -> None:
        if len(x) != self.dim:
            raise ValueError(f"x has {len(x)} rows instead of {self.dim}")
        if not x.shape[1]:
            raise ValueError("x has no sample")


def _sigmoid(value: float) -> float:
    if value >= 0:
        return 1 / (1 + math.exp(-value))
    return math.exp(value) / (1 + math.exp(value))


def _compare(yhat: Tensor, y: Tensor) -> None:
    if yhat.shape != y.shape:
        raise ValueError(f"{tuple(yhat.shape)} != {tuple(y.shape)}")
    if y.numel() < 1:
        raise ValueError("no samples")
