"""Operations that the code under test may not, or must, call."""

from ._forbid import ForbiddenOperation, MissingOperation, forbid, require
from ._markers import Mark, guarded

__all__ = [
    "ForbiddenOperation",
    "Mark",
    "MissingOperation",
    "forbid",
    "guarded",
    "require",
]
