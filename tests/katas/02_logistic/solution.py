"""The formulas, as the lesson states them."""

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
    decay = torch.exp(-z.abs())  # in [0, 1]: cannot overflow
    return torch.where(z < 0, decay, 1) / (1 + decay)


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
    _check_batch(yhat, y)
    when_one = torch.log(yhat).clamp(min=-100)
    when_zero = torch.log1p(-yhat).clamp(min=-100)
    return -(y * when_one + (1 - y) * when_zero).mean()


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
        if dim < 1:
            raise ValueError(f"dim must be at least 1, got {dim}")
        self.register_buffer("w", torch.zeros(dim, 1))
        self.register_buffer("b", torch.zeros(()))
        self.lr = lr
        self.grads = {"dw": torch.zeros(dim, 1), "db": torch.zeros(())}

    def forward(self, x: Tensor) -> Tensor:
        """Predict the probability of class 1 for every sample: sigmoid(w^T x + b).

        Args:
            x: (dim, m), m >= 1, of the model's dtype and on its device. It stays as it is.

        Returns:
            (1, m), of the same dtype and on the same device.

        Raises:
            ValueError: x does not have dim rows (the message tells how many it has), or m = 0.
        """
        self._check_input(x)
        return sigmoid(self.w.T @ x + self.b)

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
        self._check_input(x)
        _check_batch(yhat, y)
        error = yhat - y
        self.grads = {"dw": x @ error.T / x.shape[1], "db": error.mean()}

    def optimize(self) -> None:
        """Take one step of gradient descent, with lr and grads, on w and b.

        w and b stay buffers of the same shape, dtype and device.
        """
        self.w -= self.lr * self.grads["dw"]
        self.b -= self.lr * self.grads["db"]

    def _check_input(self, x: Tensor) -> None:
        dim = self.w.shape[0]
        if x.shape[0] != dim:
            raise ValueError(f"x must have {dim} rows, a feature each; got shape {tuple(x.shape)}")
        if x.shape[1] == 0:
            raise ValueError(f"x must have a column at least; got shape {tuple(x.shape)}")


def _check_batch(yhat: Tensor, y: Tensor) -> None:
    if yhat.shape != y.shape:
        raise ValueError(
            f"yhat and y must have the same shape; got {tuple(yhat.shape)} and {tuple(y.shape)}"
        )
    if y.numel() == 0:
        raise ValueError("the batch is empty: there is no mean of nothing")
