"""Deterministic algorithms for a while, and the operation that has none."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch

_CUBLAS = "CUBLAS_WORKSPACE_CONFIG"


@contextmanager
def deterministic() -> Generator[None]:
    """Have torch, cuDNN and cuBLAS compute the same bits each time, inside the block.

    Sets `torch.use_deterministic_algorithms`, cuDNN's `deterministic` and `benchmark`, and
    `CUBLAS_WORKSPACE_CONFIG` (":4096:8", unless it is set), and puts them back. cuBLAS reads the
    variable once, at its first use in the process: where that was before, torch refuses its
    operations or says so.

    Raises:
        RuntimeError: inside, by an operation that has no deterministic form.

    Source: "Reproducibility" in PyTorch's documentation.
    """
    cudnn = torch.backends.cudnn
    mode = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    flags = cudnn.deterministic, cudnn.benchmark
    workspace = os.environ.get(_CUBLAS)
    os.environ.setdefault(_CUBLAS, ":4096:8")
    torch.use_deterministic_algorithms(True)
    with unfrozen_flags():
        cudnn.deterministic, cudnn.benchmark = True, False
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(mode, warn_only=warn_only)
        with unfrozen_flags():
            cudnn.deterministic, cudnn.benchmark = flags
        if workspace is None:
            os.environ.pop(_CUBLAS, None)


def unfrozen_flags() -> AbstractContextManager[None]:
    """Have the flags of `torch.backends` writable, inside the block.

    Torch's own test tools (`torch.testing._internal`) freeze them for the whole process, apart from
    blocks as this one: what is set inside is put back elsewhere.
    """
    allow: Callable[[], AbstractContextManager[None]] = getattr(
        torch.backends, "__allow_nonbracketed_mutation", nullcontext
    )
    return allow()


def operation_without(error: BaseException) -> str:
    """The operation that has no deterministic form, if the error complains of one."""
    found = re.match(r"(\S+)(?: \w+)? does not have a deterministic implementation", str(error))
    return found[1] if found and isinstance(error, RuntimeError) else ""
