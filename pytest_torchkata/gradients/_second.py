"""The first derivative as a function that can itself be checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from . import _torch
from ._subject import Leaf, Subject


class SecondOrder:
    """The gradients of a subject, as a function of its leaves and of the cotangents.

    (x, v) -> v @ J(x), for the cotangents v of the differentiable outputs.
    """

    needs_grad_mode = True

    def __init__(self, first: Subject, cotangents: Sequence[Tensor]) -> None:
        self._first, self._cotangents = first, tuple(cotangents)
        # Which outputs have a gradient, and which leaves get one; known after the first call.
        self._outputs: list[int] = []
        self._used: list[int] = []
        self.leaves = (
            *first.leaves,
            *(
                Leaf(f"cotangent of output {place}", cotangent)
                for place, cotangent in enumerate(cotangents)
                if cotangent.requires_grad
            ),
        )

    def call(self) -> tuple[Tensor, ...]:
        return self._differentiate(
            self._first.call(), [leaf.tensor for leaf in self._first.leaves], self._cotangents
        )

    def state(self) -> tuple[Tensor, ...]:
        return self._first.state()

    def keep(self) -> Callable[[], None]:
        return self._first.keep()

    def integers(self) -> tuple[tuple[str, Tensor], ...]:
        return self._first.integers()

    @property
    def inputs(self) -> range:
        return range(0)  # more samples change the cotangents too: that way is not tried

    def at_tiled(
        self, values: Mapping[int, Tensor], tiled: Callable[[Tensor], Tensor]
    ) -> tuple[Tensor, ...]:
        raise NotImplementedError  # never called: see `inputs`

    def at(
        self, values: Sequence[Tensor], state: Sequence[Tensor] | None = None
    ) -> tuple[Tensor, ...]:
        own, rest = values[: len(self._first.leaves)], iter(values[len(self._first.leaves) :])
        cotangents = [next(rest) if each.requires_grad else each for each in self._cotangents]
        if not _torch.in_transform():
            # requires_grad_: the checks of forward mode detach what they pass.
            own = [value.requires_grad_() for value in own]
            return self._differentiate(self._first.at(own, state), own, cotangents)

        def outputs(*inner: Tensor) -> tuple[Tensor, ...]:
            results = self._first.at(inner, state)
            return tuple(results[index] for index in self._outputs)

        # Not autograd.grad: inside vmap a tensor cannot be marked as requiring a gradient.
        _, pull_back, *_ = torch.func.vjp(outputs, *own)
        gradients = pull_back(tuple(cotangents))
        return tuple(gradients[index] for index in self._used)

    def _differentiate(
        self, outputs: Sequence[Tensor], inputs: Sequence[Tensor], cotangents: Sequence[Tensor]
    ) -> tuple[Tensor, ...]:
        self._outputs = [index for index, each in enumerate(outputs) if each.requires_grad]
        gradients = torch.autograd.grad(
            [outputs[index] for index in self._outputs],
            inputs,
            cotangents,
            create_graph=True,
            allow_unused=True,
        )
        self._used = [index for index, each in enumerate(gradients) if each is not None]
        return tuple(gradients[index] for index in self._used)
