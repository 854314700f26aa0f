"""Hypothesis strategies for tensors and what describes them."""

from ._broadcasting import BroadcastableShapes, broadcastable_shapes, mutually_broadcastable
from ._dtypes import complex_dtypes, dtypes, floating_dtypes, integer_dtypes
from ._layouts import layouts
from ._operands import indices, matmul_operands
from ._shapes import shapes
from ._tensors import tensors, to_code

__all__ = [
    "BroadcastableShapes",
    "broadcastable_shapes",
    "complex_dtypes",
    "dtypes",
    "floating_dtypes",
    "indices",
    "integer_dtypes",
    "layouts",
    "matmul_operands",
    "mutually_broadcastable",
    "shapes",
    "tensors",
    "to_code",
]
