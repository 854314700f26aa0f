"""What happens when Hypothesis is imported: the function of its entry point `hypothesis`."""

from __future__ import annotations

import sys

from .seeds import TorchRandom

_TORCH_RANDOM = TorchRandom()  # Hypothesis keeps a weak reference only


def setup() -> None:
    """Fit Hypothesis to torch; called once, at the end of `import hypothesis`, in any program.

    Puts torch's generators under Hypothesis's control, so that a falsifying example replays.
    Loads no torch, and nothing else outside pytest.
    """
    from hypothesis import register_random

    register_random(_TORCH_RANDOM)
    if "pytest_torchkata.plugin" in sys.modules:
        from . import _deadline

        _deadline.install()
