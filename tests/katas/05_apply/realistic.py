"""Functions applied to a tree of some hundred modules, for the refactor stage to time."""

from collections.abc import Callable
from types import ModuleType

import torch
from torch import nn


class Function_linear(nn.Module):
    """A module of the kind that the kata's functions change."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.W = nn.Parameter(torch.randn(64, 64))


def call(module: ModuleType) -> Callable[[], None]:
    """Changes 200 modules in 20 branches, then runs one branch on 64 samples."""
    x = torch.randn(64, 64)

    def change() -> None:
        model = nn.Sequential(
            *(
                nn.Sequential(*(Function_linear(f"{row}.{at}") for at in range(10)))
                for row in range(20)
            )
        )
        for function in (
            module.add_bias,
            module.init_weights,
            module.linearize,
            module.show_names,
        ):
            module.count_applied(model, function)
        repr(model)
        model[0](x)

    return change
