"""A training step of a small network under hooks, for the refactor stage to time."""

from collections.abc import Callable
from types import ModuleType

import torch
from torch import nn


def call(module: ModuleType) -> Callable[[], None]:
    """Forward and backward of six layers of 128 features, on 64 samples, all of it watched."""
    model = nn.Sequential(*(nn.Linear(128, 128) for _ in range(6)))
    module.count_calls(model)
    module.double_inputs(model[0])
    module.normalize_grad_inputs(model[3])
    x = torch.randn(64, 128)

    def step() -> None:
        with (
            module.GradientMonitor(model, threshold=1e9),
            module.capture(model, ["0", "5"]),
        ):
            y = model(x)
            module.clip_gradient(y, 1.0)
            y.sum().backward()
        model.zero_grad()

    return step
