"""Puts "name=" into the name itself."""

from types import MethodType

from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_repr_shows_the_name"}


def show_names(module: nn.Module) -> None:
    if type(module).__name__.startswith("Function_") and not module.name.startswith("name="):
        module.name = f"name={module.name}"
        module.extra_repr = MethodType(lambda self: self.name, module)
