"""Assertions that two tensors, or structures of them, are close."""

from ._assert import assert_close, assert_not_close
from ._close import close

__all__ = ["assert_close", "assert_not_close", "close"]
