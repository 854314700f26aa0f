"""Analytic gradients held against numerical ones."""

from ._check import gradcheck, gradgradcheck
from ._errors import GradcheckError, Mismatch
from ._hand import check_backward

__all__ = ["GradcheckError", "Mismatch", "check_backward", "gradcheck", "gradgradcheck"]
