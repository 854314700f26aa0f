"""Each element by the form that suits its sign; new tensors for w and b in each step."""

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
    result = torch.empty_like(z)
    negative = z < 0
    grown = z[negative].exp()
    result[negative] = grown / (grown + 1)
    result[~negative] = 1 / (1 + (-z[~negative]).exp())
    return result


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
    if tuple(yhat.shape) != tuple(y.shape):
        raise ValueError(f"yhat is {list(yhat.shape)}, but y is {list(y.shape)}")
    if yhat.shape[1] < 1:
        raise ValueError("no samples")
    chance = torch.where(y == 1, yhat, 1 - yhat)  # of the class that it was
    return chance.log().clamp(min=-100).neg().mean()


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
        if dim <= 0:
            raise ValueError(f"{dim=} is below 1")
        nn.Module.__init__(self)
        self.lr = lr
        self.register_buffer("w", torch.zeros((dim, 1)))
        self.register_buffer("b", torch.tensor(0.0))
        self.grads = {"dw": torch.empty_like(self.w), "db": torch.empty_like(self.b)}

    def forward(self, x: Tensor) -> Tensor:
        """Predict the probability of class 1 for every sample: sigmoid(w^T x + b).

        Args:
            x: (dim, m), m >= 1, of the model's dtype and on its device. It stays as it is.

        Returns:
            (1, m), of the same dtype and on the same device.

        Raises:
            ValueError: x does not have dim rows (the message tells how many it has), or m = 0.
        """
        self._check(x)
        return sigmoid(torch.einsum("do,dm->om", self.w, x) + self.b)

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
        self._check(x)
        if yhat.shape != y.shape:
            raise ValueError(f"yhat is {list(yhat.shape)}, but y is {list(y.shape)}")
        off = yhat.sub(y)
        self.grads["dw"] = torch.einsum("dm,om->do", x, off).div(x.size(1))
        self.grads["db"] = off.sum() / off.numel()

    def optimize(self) -> None:
        """Take one step of gradient descent, with lr and grads, on w and b.

        w and b stay buffers of the same shape, dtype and device.
        """
        self.w = self.w - self.lr * self.grads["dw"]
        self.b = self.b - self.lr * self.grads["db"]

    def _check(self, x: Tensor) -> None:
        rows, columns = x.shape
        if rows != self.w.numel():
            raise ValueError(f"{self.w.numel()} features are wanted, x has {rows}")
        if not columns:
            raise ValueError("x has no columns")
