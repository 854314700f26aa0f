"""Compare verdicts on the modules of torch's database, in a process of its own.

    python tests/module_verdicts.py PART PARTS

See torch_test_tools.py for why. Prints how many checks were compared; raises where a verdict is not
that of torch's slow mode.
"""

from __future__ import annotations

import contextlib
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.gradcheck import GradcheckError as TorchGradcheckError
from torch.utils import _pytree
from torch_test_tools import module_database

from pytest_torchkata import gradcheck

MOST_ELEMENTS = 150
"""Of inputs and parameters together: torch's slow mode takes its time."""


@contextlib.contextmanager
def same_random_numbers() -> Iterator[None]:
    """As torch's own tests of its modules do it, for dropout and its kin."""
    state = torch.get_rng_state()
    yield
    torch.set_rng_state(state)


def samples(info: Any, training: bool) -> Iterator[tuple[nn.Module, tuple[Any, ...], Any]]:
    """Up to two small samples of a module: (module, args, kwargs)."""
    found = 0
    given = info.module_inputs_func(
        info, device="cpu", dtype=torch.float64, requires_grad=True, training=training
    )
    for sample in given:
        made = sample.constructor_input
        module = info.module_cls(*made.args, **made.kwargs).double().train(training)
        if sample.forward_input is None or found == 2:
            continue
        args, kwargs = sample.forward_input.args, sample.forward_input.kwargs
        with torch.no_grad():
            module(*args, **kwargs)  # lazy modules get their parameters
        leaves = [*_pytree.tree_leaves((args, kwargs)), *module.parameters()]
        size = sum(each.numel() for each in leaves if isinstance(each, Tensor))
        if size <= MOST_ELEMENTS:
            found += 1
            yield module, args, kwargs


def with_parameters(
    module: nn.Module, args: tuple[Any, ...], kwargs: Any
) -> tuple[Callable[..., tuple[Tensor, ...]], tuple[Tensor, ...]]:
    """The module as a function of all that requires a gradient, for torch."""
    leaves, spec = _pytree.tree_flatten(((args, kwargs), list(module.parameters())))
    places = [
        place
        for place, leaf in enumerate(leaves)
        if isinstance(leaf, Tensor) and leaf.requires_grad
    ]

    def fn(*values: Tensor) -> tuple[Tensor, ...]:
        new = list(leaves)
        for place, value in zip(places, values, strict=True):
            new[place] = value
        # The parameters among them are perturbed in place: the module sees them.
        (new_args, new_kwargs), _ = _pytree.tree_unflatten(new, spec)
        with same_random_numbers():
            outputs = module(*new_args, **new_kwargs)
        return tuple(each for each in _pytree.tree_leaves(outputs) if isinstance(each, Tensor))

    return fn, tuple(leaves[place] for place in places)


def verdict(check: Callable[[], bool]) -> str:
    try:
        return str(check())
    except TorchGradcheckError:
        return "GradcheckError"
    except Exception as error:  # any: that too is a verdict to agree on
        return type(error).__name__


def compare(part: int, parts: int) -> int:
    """How many checks were compared, in that part of the database."""
    warnings.simplefilter("ignore")
    torch.manual_seed(part)
    compared = 0
    for info in module_database()[part::parts]:
        for training in (True, False) if info.train_and_eval_differ else (True,):
            for module, args, kwargs in samples(info, training):
                fn, inputs = with_parameters(module, args, kwargs)
                if not inputs:
                    continue
                theirs = verdict(partial(torch.autograd.gradcheck, fn, inputs))
                ours = verdict(partial(gradcheck, module, args, kwargs))
                assert ours == theirs, (info.name, training, [type(each) for each in args])
                compared += 1
    return compared


if __name__ == "__main__":
    print(compare(*map(int, sys.argv[1:])))
