"""Fills the parameters of every module."""

from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_only_functions_are_filled"}


def init_weights(module):
    if True:
        for p in module.parameters(recurse=False):
            nn.init.ones_(p)
