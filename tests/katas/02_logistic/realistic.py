"""A step of gradient descent of the size of small images, for the refactor stage to time."""

from collections.abc import Callable
from types import ModuleType

import torch


def call(module: ModuleType) -> Callable[[], None]:
    """Forward, loss, backward and optimize of 784 features, on 500 samples."""
    model = module.LogisticRegression(784)
    x = torch.randn(784, 500)
    y = (torch.rand(1, 500) > 0.5).float()

    def step() -> None:
        yhat = model(x)
        module.loss(yhat, y)
        model.backward(x, yhat, y)
        model.optimize()

    return step
