"""Computes in float64 and rounds once, at the end."""

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
    wide = z.double()
    down, up = torch.exp(wide.clamp(max=0)), torch.exp((-wide).clamp(max=0))
    return (down / (down + up)).to(z.dtype)


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
    if yhat.shape != y.shape:
        raise ValueError(f"{yhat.shape} is not {y.shape}")
    if yhat.nelement() == 0:
        raise ValueError("nothing to average")
    p, t = yhat.double(), y.bool()
    logs = torch.cat([p[t].log(), (1 - p[~t]).log()])
    return -logs.clamp_min(-100).mean().to(yhat.dtype)


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
        if not dim >= 1:
            raise ValueError("dim", dim)
        for name, shape in (("w", (dim, 1)), ("b", ())):
            self.register_buffer(name, torch.zeros(shape))
        self.lr, self.grads = lr, {"dw": torch.zeros_like(self.w), "db": torch.zeros_like(self.b)}

    def forward(self, x: Tensor) -> Tensor:
        """Predict the probability of class 1 for every sample: sigmoid(w^T x + b).

        Args:
            x: (dim, m), m >= 1, of the model's dtype and on its device. It stays as it is.

        Returns:
            (1, m), of the same dtype and on the same device.

        Raises:
            ValueError: x does not have dim rows (the message tells how many it has), or m = 0.
        """
        self._demand(x)
        return sigmoid(x.double().T @ self.w.double() + self.b.double()).T.to(x.dtype)

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
        self._demand(x)
        if yhat.shape != y.shape:
            raise ValueError(f"{yhat.shape} is not {y.shape}")
        dz = (yhat.double() - y.double()) / y.shape[-1]
        self.grads.update(dw=torch.mm(x.double(), dz.mT).to(x.dtype), db=dz.sum().to(x.dtype))

    def optimize(self) -> None:
        """Take one step of gradient descent, with lr and grads, on w and b.

        w and b stay buffers of the same shape, dtype and device.
        """
        for name, buffer in self.named_buffers():
            buffer.add_(self.grads[f"d{name}"], alpha=-self.lr)

    def _demand(self, x: Tensor) -> None:
        if x.ndim != 2 or x.shape[0] != self.w.shape[0] or x.shape[1] == 0:
            raise ValueError(f"x is to be ({self.w.shape[0]}, m) with m > 0, not {x.shape}")
