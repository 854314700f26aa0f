"""torch's global generators, rewound before every evaluation."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import Any

import torch


class Generators:
    """The state of torch's global generators when this was made.

    A random layer draws the same numbers in every evaluation when the generators are rewound
    before each. Rewinding costs more than a small function, so it is done only after `watch`
    has seen that the function draws at all.
    """

    def __init__(self, devices: Iterable[torch.device]) -> None:
        self._cpu = torch.get_rng_state()
        # A device module (torch.cuda, torch.xpu, torch.mps, ...) keeps its own generators.
        self._others: list[tuple[Any, torch.device, torch.Tensor]] = []
        for device in {device for device in devices if device.type != "cpu"}:
            module: Any = getattr(torch, device.type, None)
            if hasattr(module, "get_rng_state"):
                state = module.get_rng_state(*_index(device))
                self._others.append((module, device, state))
        self.drawn_from = False

    def __enter__(self) -> Generators:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._put_back()

    def watch(self) -> None:
        """Note whether anything was drawn since the generators were last rewound."""
        moved = not torch.equal(torch.get_rng_state(), self._cpu)
        for module, device, state in self._others:
            moved = moved or not torch.equal(module.get_rng_state(*_index(device)), state)
        self.drawn_from = self.drawn_from or moved

    def rewind(self, *, always: bool = False) -> None:
        """Put the generators where they were, when the function draws from them."""
        if self.drawn_from or always:
            self._put_back()

    def _put_back(self) -> None:
        torch.set_rng_state(self._cpu)
        for module, device, state in self._others:
            module.set_rng_state(state, *_index(device))


def _index(device: torch.device) -> tuple[torch.device, ...]:
    # torch.mps has one generator and its functions take no device.
    return () if device.type == "mps" else (device,)
