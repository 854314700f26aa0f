"""Ways of evaluating a subject on a batch of values of its leaves.

Each takes, for the leaves that vary, tensors with a leading dimension of `count`, and returns the
outputs as a (count, size) matrix; none is believed before its rows were compared with evaluations
outside the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import partial

import torch
from torch import Tensor

from . import _torch
from ._layout import OutputLayout
from ._standins import NoConditions, StandIns
from ._subject import Subject

Batch = dict[int, Tensor]
Way = Callable[[Batch, int], Tensor]


class Unbatchable(Exception):
    """The function cannot be evaluated on a batch, or gives other values there."""


def ways(
    subject: Subject, layout: OutputLayout, leaves: Sequence[int], refused: Mapping[str, str]
) -> Iterator[tuple[str, Way]]:
    """The ways to try for these leaves, best first, each with its name.

    `refused` says why ways were refused, before and since this was called. What was refused for
    other leaves comes last: it may do for these, but seldom does.
    """
    vmap = partial(_by_vmap, subject, layout)
    plain: tuple[str, Way] = ("vmap", vmap)
    state = subject.state()
    with_state: tuple[str, Way] = ("vmap with its buffers", partial(vmap, with_state=True))
    if any(buffer._version for buffer in state):  # the first evaluation has updated it
        found = [with_state, plain]
    else:
        found = [plain, *([with_state] if state else [])]
    found.append(("vmap with stand-ins", partial(vmap, with_state=bool(state), stand_ins=True)))
    if len(leaves) == 1 or all(leaf in subject.inputs for leaf in leaves):
        found.append(("a leading dimension", partial(_by_leading_dimension, subject, layout)))
    if all(leaf in subject.inputs for leaf in leaves):
        dims = min(2, *(subject.leaves[leaf].tensor.ndim for leaf in leaves), 2)
        found += [
            (f"dimension {dim} as the batch", partial(_by_tiling, subject, layout, dim))
            for dim in range(dims)
            if all(subject.leaves[leaf].tensor.shape[dim] for leaf in leaves)
        ]
    # Late, for it takes a second to load them.
    found.append(
        ("vmap by decompositions", partial(vmap, with_state=bool(state), decompositions=True))
    )
    found.append(
        ("vmap where it has to loop", partial(vmap, with_state=bool(state), fallback=True))
    )
    while found:
        # Again each time: what was refused in between may speak against other ways, too.
        found.sort(key=lambda each: _hopeless(each[0], refused))
        yield found.pop(0)


def _hopeless(name: str, refused: Mapping[str, str]) -> bool:
    if name == "vmap with stand-ins":
        reason = refused.get("vmap", "")
        if "nll_loss" not in reason and any(text in reason for text in _NO_RULE):
            return True  # nothing that has a stand-in, as far as is known
    return name in refused


_NO_RULE = ("an autograd.Function", _torch.NO_RULE)
"""What vmap says where an operation has no rule."""


def _by_vmap(
    subject: Subject,
    layout: OutputLayout,
    batch: Batch,
    count: int,
    *,
    with_state: bool = False,
    stand_ins: bool = False,
    decompositions: bool = False,
    fallback: bool = False,
) -> Tensor:
    """torch.func.vmap; `with_state`: every row has buffers of its own, which it may update."""
    order = list(batch)
    others = [leaf.tensor.detach() for leaf in subject.leaves]
    state = [each.expand(count, *each.shape).clone() for each in subject.state() if with_state]

    def outputs(*given: Tensor) -> tuple[Tensor, ...]:
        values = list(others)
        for leaf, value in zip(order, given, strict=False):
            values[leaf] = value
        return _picked(subject.at(values, given[len(order) :] or None), layout)

    # A module that keeps a tensor of the batch would find it dead in its next call.
    put_back = subject.keep()
    try:
        with StandIns() if stand_ins else nullcontext():
            if decompositions:
                _torch.load_decompositions()
            rows = _torch.vmap(outputs, count, *batch.values(), *state, fallback=fallback)
            return layout.rows(rows, count)
    except Unbatchable:
        raise
    except Exception as error:  # any: what vmap refuses is raised from everywhere
        raise Unbatchable(f"vmap refused: {first_line(error)}") from error
    finally:
        put_back()


def _by_leading_dimension(
    subject: Subject, layout: OutputLayout, batch: Batch, count: int
) -> Tensor:
    """The rows stacked along a new first dimension, for functions that broadcast."""
    values = [leaf.tensor.detach() for leaf in subject.leaves]
    for leaf, value in batch.items():
        values[leaf] = value
    try:
        with NoConditions():
            results = subject.at(values)
    except Exception as error:  # any: a function may raise anything for a shape it does not expect
        raise Unbatchable(f"a leading dimension: {first_line(error)}") from error
    picked = [results[index] for index in layout.picked if index < len(results)]
    for result, shape, dtype in zip(picked, layout.shapes, layout.dtypes, strict=False):
        if result.shape != (count, *shape) or result.dtype != dtype:
            raise Unbatchable("a leading dimension does not pass through it")
    return layout.rows(picked, count)


def _by_tiling(
    subject: Subject, layout: OutputLayout, dim: int, batch: Batch, count: int
) -> Tensor:
    """Copies of the inputs side by side along the dimension of the samples."""
    leaves = [subject.leaves[leaf].tensor for leaf in batch]
    if len({leaf.shape[dim] for leaf in leaves}) > 1:
        raise Unbatchable("its inputs do not have the same number of samples")

    side_by_side = {
        leaf: rows.movedim(0, dim).flatten(dim, dim + 1) for leaf, rows in batch.items()
    }
    try:
        with NoConditions():
            results = subject.at_tiled(side_by_side, partial(_copied, count, dim, leaves))
    except Exception as error:  # any: a function may raise anything for a shape it does not expect
        raise Unbatchable(f"more samples: {first_line(error)}") from error
    picked = []
    for index, shape, dtype in zip(layout.picked, layout.shapes, layout.dtypes, strict=True):
        if index >= len(results) or results[index].dtype != dtype:
            raise Unbatchable("more samples change its outputs")
        picked.append(_untiled(results[index], shape, count))
    return layout.rows(picked, count)


def graph_of_copies(
    subject: Subject, layout: OutputLayout, output: int, dim: int, cotangents: Tensor
) -> list[Tensor | None]:
    """The gradients of an output for a batch of cotangents, by copies of all inputs side by side.

    Raises:
        Unbatchable: the subject has leaves that are no inputs, or its outputs do not grow.
    """
    count = len(cotangents)
    leaves = [leaf.tensor for leaf in subject.leaves]
    if len(leaves) > len(subject.inputs) or any(leaf.ndim <= dim for leaf in leaves):
        raise Unbatchable("its parameters are shared by all samples")
    if len({leaf.shape[dim] for leaf in leaves}) > 1:
        raise Unbatchable("its inputs do not have the same number of samples")
    copies = [
        leaf.detach().repeat(*(count if each == dim else 1 for each in range(leaf.ndim)))
        for leaf in leaves
    ]
    with torch.enable_grad(), NoConditions():
        for copy in copies:
            copy.requires_grad_()
        results = subject.at_tiled(dict(enumerate(copies)), partial(_copied, count, dim, leaves))
        shape = layout.shapes[output]
        batch = _untiled(results[layout.picked[output]], shape, count)
    gradients = torch.autograd.grad(batch, copies, cotangents, allow_unused=True)
    return [
        None if gradient is None else _untiled(gradient, leaf.shape, count)
        for gradient, leaf in zip(gradients, leaves, strict=True)
    ]


def _copied(count: int, dim: int, leaves: Sequence[Tensor], tensor: Tensor) -> Tensor:
    """Copies of an argument along the first of its dimensions that has as many samples."""
    size = leaves[0].shape[dim]
    for other in (dim, *range(tensor.ndim)):
        if other < tensor.ndim and tensor.shape[other] == size:
            repeats = [count if each == other else 1 for each in range(tensor.ndim)]
            return tensor.detach().repeat(repeats)
    return tensor.detach()


def _untiled(result: Tensor, shape: torch.Size, count: int) -> Tensor:
    """(count, *shape) from a result whose dimension of the samples is `count` times longer."""
    for dim, size in enumerate(shape):
        if result.shape == (*shape[:dim], count * size, *shape[dim + 1 :]):
            return result.reshape(*shape[:dim], count, *shape[dim:]).movedim(dim, 0)
    raise Unbatchable("its output does not grow with the number of samples")


def _picked(results: Sequence[Tensor], layout: OutputLayout) -> tuple[Tensor, ...]:
    picked = tuple(results[index] for index in layout.picked)
    for result, shape, dtype in zip(picked, layout.shapes, layout.dtypes, strict=True):
        if result.shape != shape or result.dtype != dtype:
            raise Unbatchable("its outputs change their shape or dtype")
    return picked


def first_line(error: BaseException) -> str:
    """The first line of an error's text, cut to a readable length."""
    text = str(error).strip().partition("\n")[0] or type(error).__name__
    return text if len(text) <= 160 else text[:159] + "…"
