"""Test PyTorch code with pytest; learn PyTorch by making tests pass.

Importing this package imports neither torch nor Hypothesis: each public name is loaded
when it is first used, so that a suite which never touches a tensor pays nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import strategies
    from .comparison import assert_close, assert_not_close, close
    from .gradients import GradcheckError, check_backward, gradcheck, gradgradcheck
    from .operations import ForbiddenOperation, MissingOperation, forbid, require

_HOME = {
    "ForbiddenOperation": "operations",
    "GradcheckError": "gradients",
    "MissingOperation": "operations",
    "assert_close": "comparison",
    "assert_not_close": "comparison",
    "check_backward": "gradients",
    "close": "comparison",
    "forbid": "operations",
    "gradcheck": "gradients",
    "gradgradcheck": "gradients",
    "require": "operations",
}

# Public modules: their names are too many to repeat here.
_MODULES = ("strategies",)

__all__ = [
    "ForbiddenOperation",
    "GradcheckError",
    "MissingOperation",
    "assert_close",
    "assert_not_close",
    "check_backward",
    "close",
    "forbid",
    "gradcheck",
    "gradgradcheck",
    "require",
    "strategies",
]


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return importlib.import_module(f".{name}", __name__)
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
