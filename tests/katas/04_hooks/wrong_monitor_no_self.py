"""__enter__ returns nothing."""

# What pyright says of this mistake is beside the point.
# pyright: reportAssignmentType=false

import warnings

from torch import nn

from .solution import *  # noqa: F403  the steps need every name
from .solution import ExplodingGradientWarning

CAUGHT_BY = {"test_norms_of_each_pass"}


class GradientMonitor:
    def __init__(self, model: nn.Module, threshold: float) -> None:
        self.model, self.threshold = model, threshold
        self.norms: dict = {}
        self.handles: list = []

    def __enter__(self):
        for name, p in self.model.named_parameters():
            self.norms[name] = []
            if p.requires_grad:
                self.handles.append(p.register_hook(self.watch(name)))

    def __exit__(self, *error):
        for handle in self.handles:
            handle.remove()

    def watch(self, name):
        def hook(g):
            norm = g.norm().item()
            self.norms[name].append(norm)
            self.check(name, norm)

        return hook

    def check(self, name, norm):
        if not norm <= self.threshold or norm == float("inf"):
            warnings.warn(f"{name}: {norm}", ExplodingGradientWarning, stacklevel=2)
