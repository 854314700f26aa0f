"""The steps of kata 04. Read the first red one, make it green, go on to the next."""

import gc
import math
import re
import warnings
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.nn.modules import module as torch_module

from pytest_torchkata import assert_close
from pytest_torchkata.strategies import shapes, tensors

from .hooks import (
    ExplodingGradientWarning,
    GradientMonitor,
    add_affine,
    capture,
    clip_gradient,
    count_calls,
    double_inputs,
    normalize_grad_inputs,
)

VALUES = st.floats(-8, 8, width=16)
WHOLE = st.integers(-8, 8)
SIDES = st.integers(1, 4)
LEADING = shapes(min_dims=0, max_dims=2, min_side=0, max_side=3)
SHAPES = shapes(min_dims=0, max_dims=3, min_side=1, max_side=3)
F32 = torch.float32
FLOATS = st.sampled_from([F32, torch.float64])
# So few examples suffice where nothing but the way the block ends is drawn.
FEW = settings(max_examples=10)
SOME = settings(max_examples=40)


def explained(prefix: str) -> Callable[[str], str]:
    """A `msg` for assert_close that says first what was compared."""
    return lambda text: f"{prefix}\n{text}"


def counted(number: int, thing: str, things: str = "") -> str:
    """The number and the noun in the form that goes with it."""
    return f"{number} {thing if number == 1 else things or thing + 's'}"


def assert_same(actual: object, expected: Tensor, what: str) -> None:
    """`actual` is the tensor `expected`, to the bit."""
    assert isinstance(actual, Tensor), f"{what}: wanted a tensor, there is {actual!r}"
    assert actual.shape == expected.shape, (
        f"{what}: the shape must be {tuple(expected.shape)}; it is {tuple(actual.shape)}"
    )
    assert_close(
        actual.detach(), expected.detach(), rtol=0, atol=0, equal_nan=True, msg=explained(what)
    )


def assert_handle(handle: object, call: str) -> None:
    """`handle` is what `register_*_hook` returns."""
    assert callable(getattr(handle, "remove", None)), (
        f"{call} must return the handle of its hook, which has remove(); it returned {handle!r}"
    )


# ------------------------------------------------------------------ what hooks must leave alone


def hooks_of(model: nn.Module) -> list[str]:
    """Every hook there is on the model, its parameters, and on all modules of torch at once."""
    found: list[str] = []
    for name, module in model.named_modules():
        for kind, hooks in vars(module).items():
            if kind.endswith("_hooks") and kind.startswith(("_forward", "_backward")):
                found += [f"{name or 'the model'}: {kind[1:-1]} {key}" for key in hooks]
    for name, parameter in model.named_parameters():
        for kind in ("_backward_hooks", "_post_accumulate_grad_hooks"):
            hooks = getattr(parameter, kind, None) or {}
            found += [f"{name}: {kind[1:-1]} {key}" for key in hooks]
    for kind, hooks in vars(torch_module).items():
        if kind.startswith("_global_") and kind.endswith("_hooks"):
            found += [f"every module: {kind[8:-1]} {key}" for key in hooks]
    return sorted(found)


class Token:
    """Something that can be watched by a weak reference."""


class Mark(torch.autograd.Function):
    """The identity; what it keeps lives as long as the graph does."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, graphs: list[Any]) -> Tensor:  # Any: torch's ctx has no type
        ctx.token = Token()
        graphs.append(weakref.ref(ctx.token))
        return x.clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0].clone(), None


class Traced(nn.Linear):
    """A linear layer that knows whether its activations and its graph are still in memory."""

    def __init__(self, size: int) -> None:
        super().__init__(size, size)
        self.graphs: list[weakref.ref[Token]] = []
        self.memory: list[StorageWeakRef] = []

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  as nn.Linear calls it
        y = super().forward(Mark.apply(input, self.graphs))
        self.memory.append(StorageWeakRef(y.untyped_storage()))
        return y

    def alive(self) -> list[str]:
        """What is still in memory."""
        names = {
            "the graph": any(graph() is not None for graph in self.graphs),
            "an activation": any(not memory.expired() for memory in self.memory),
        }
        return [name for name, kept in names.items() if kept]


def assert_forgotten(traced: Traced, who: str) -> None:
    """Nothing keeps what `traced` computed."""
    if traced.alive():
        gc.collect()
    assert not traced.alive(), (
        f"{who} keeps {' and '.join(traced.alive())} in memory after the pass is over: "
        "keep numbers or detached copies, and only what was asked for"
    )


def fresh(kind: type[Any]) -> type[Any]:
    """A class of the same name and behaviour: a patch of it is gone in the next case."""
    return type(kind.__name__, (kind,), {})


class Stop(Exception):
    """Raised inside a learner's `with` block."""


@contextmanager
def left_by(stop: bool, who: str) -> Iterator[None]:
    """A block that must be left by `Stop` if `stop`, else in the usual way."""
    try:
        yield
    except Stop:
        assert stop
    else:
        assert not stop, f"{who} swallows the exception that ends its block: let it pass"


# ---------------------------------------------------------------------------------- count_calls


class Chain(nn.Module):
    """Runs its children one after another, the first `times[0]` times, and so on."""

    def __init__(self, children: Sequence[nn.Module], times: list[int]) -> None:
        super().__init__()
        self.times = times
        for number, child in enumerate(children):
            self.add_module(f"part{number}", child)

    def forward(self, x: Tensor) -> Tensor:
        for child, times in zip(self.children(), self.times, strict=True):
            for _ in range(times):
                x = child(x)
        return x + 1


LEAVES = st.sampled_from([nn.Identity, nn.Tanh, nn.ReLU, lambda: nn.Linear(2, 2)])


@st.composite
def chains(draw: st.DrawFn, depth: int = 2) -> Chain:
    """A tree of chains with real modules as leaves."""
    parts = [
        draw(LEAVES)() if depth == 0 or draw(st.booleans()) else draw(chains(depth - 1))
        for _ in range(draw(st.integers(1, 3)))
    ]
    return Chain(parts, draw(st.lists(st.integers(0, 2), min_size=len(parts), max_size=len(parts))))


def expected_counts(module: nn.Module, runs: int, name: str = "") -> dict[str, int]:
    """How often each forward runs when that of `module` runs `runs` times."""
    counts = {name: runs}
    if isinstance(module, Chain):
        for (part, child), times in zip(module.named_children(), module.times, strict=True):
            counts |= expected_counts(child, runs * times, f"{name}.{part}".strip("."))
    return counts


@given(model=chains(), runs=st.integers(0, 3), training=st.booleans())
def test_each_forward_is_counted(
    model: Chain, runs: int, training: bool, device: torch.device
) -> None:
    """counts has how often each submodule ran, by qualified name."""
    model.to(device).train(training)
    x = torch.ones(1, 2, device=device)
    model(x)  # before the counting

    counts, remove = count_calls(model)
    want = expected_counts(model, 0)
    assert set(counts) == set(want), (
        f"before the first call, counts must map each of {sorted(want)} to 0 "
        f"('' is the module itself); it is {dict(counts)!r}"
    )
    for _ in range(runs):
        model(x)

    want = expected_counts(model, runs)
    busy = [name for name, count in counts.items() if count]
    assert len(busy) != 1 or counts == want, (
        f"after {counted(runs, 'call')} of the model, counts must be\n{want}\n"
        f"yours is\n{dict(counts)}\n"
        f"every call is counted under {busy[0]!r}: does each hook keep its own name, or do all "
        "look up one loop variable?"
    )
    assert counts == want, (
        f"after {counted(runs, 'call')} of the model, counts must be\n{want}\n"
        f"yours is\n{dict(counts)}"
    )
    remove()


def _tripled(module: nn.Module, inputs: object, output: Tensor) -> Tensor:
    return output * 3


@SOME
@given(runs=st.integers(1, 3), data=st.data())
def test_counting_leaves_no_trace(runs: int, data: st.DataObject, device: torch.device) -> None:
    """Counting changes no result; remove() takes off its hooks alone."""
    traced, shared = Traced(2), nn.Tanh()
    model = nn.Sequential(traced, shared, nn.Linear(2, 2), shared).to(device)
    x = data.draw(tensors(shape=(2, 2), elements=VALUES), label="x").to(device)
    of_others = model[2].register_forward_hook(_tripled)
    before = hooks_of(model)
    y = plain = model(x)
    got = wanted = torch.autograd.grad(plain.sum(), list(model.parameters()))
    gradient = want = got[0]

    first, remove_first = count_calls(model)
    second, remove_second = count_calls(model)
    for _ in range(runs):
        y = model(x)
        assert_same(y, plain, "counting changed the output")
        got = torch.autograd.grad(y.sum(), list(model.parameters()))
        for gradient, want in zip(got, wanted, strict=True):
            assert_same(gradient, want, "counting changed a gradient")
    for name in ("1", "3"):  # the same module: the second of its names may be left out
        assert first.get(name, 2 * runs) == 2 * runs, (
            f"a module that ran {2 * runs} times is counted {first[name]} times"
        )
    del plain, y, got, wanted, gradient, want
    assert_forgotten(traced, "count_calls")
    kept = dict(first)
    remove_first()
    model(x)

    assert dict(first) == kept, (
        f"after remove() the counts must stand still at {kept}; they went to {dict(first)}"
    )
    assert second[""] == runs + 1, (
        f"remove() of one counter touched another: that one must have {runs + 1} calls of the "
        f"model, it has {second['']}"
    )
    remove_second()
    after = hooks_of(model)
    assert after == before, f"remove() must leave the hooks {before}; there are {after}"
    of_others.remove()


# -------------------------------------------------------------------------------- double_inputs


class Echo(nn.Module):
    """Remembers what its forward was given."""

    def forward(self, *inputs: object, **named: object) -> Tensor:
        self.inputs, self.named = inputs, named
        return torch.zeros(())


NUMBERS = st.sampled_from([torch.float32, torch.float64, torch.float16, torch.int64, torch.int8])
OTHERS = st.sampled_from([None, 3, 0.5, "text", (1, 2)])


@given(
    inputs=st.lists(tensors(dtype=NUMBERS, shape=SHAPES, elements=WHOLE) | OTHERS, max_size=4),
    named=tensors(shape=(2,), elements=WHOLE) | OTHERS,
)
def test_positional_tensors_are_doubled(
    inputs: list[object], named: object, device: torch.device
) -> None:
    """Every positional tensor is doubled, everything else as it was."""
    inputs = [each.to(device) if isinstance(each, Tensor) else each for each in inputs]
    echo = fresh(Echo)()
    double_inputs(echo)

    echo(*inputs, named=named)

    assert len(echo.inputs) == len(inputs), (
        f"forward was given {len(inputs)} positional inputs; after the hook it sees "
        f"{len(echo.inputs)}: {echo.inputs!r}"
    )
    for number, (seen, given_) in enumerate(zip(echo.inputs, inputs, strict=True)):
        if isinstance(given_, Tensor):
            assert_same(seen, given_ + given_, f"input {number} must be doubled")
        else:
            assert seen is given_, (
                f"input {number} is no tensor and must stay {given_!r}; forward sees {seen!r}"
            )
    assert list(echo.named) == ["named"], f"forward must see named=...; it sees {echo.named!r}"
    assert echo.named["named"] is named, "keyword inputs must stay as they are, also tensors"


@SOME
@given(x=tensors(shape=(2, 3), elements=VALUES), upstream=tensors(shape=(2, 4), elements=VALUES))
def test_doubling_is_a_hook(x: Tensor, upstream: Tensor, device: torch.device) -> None:
    """Gradients flow, x stays, the handle ends it, no one else doubles."""
    x, upstream = x.to(device), upstream.to(device)
    given_x = x.clone()
    kind = fresh(nn.Linear)
    layer, other = (kind(3, 4, device=device) for _ in range(2))
    shown: list[Tensor] = []
    plain, plain_other = layer(x), other(x)
    twice, next_twice = layer(x + x), layer((x + 1) + (x + 1))
    (wanted,) = torch.autograd.grad(twice, layer.weight, upstream)

    handle = double_inputs(layer)
    assert_handle(handle, "double_inputs(module)")
    watcher = layer.register_forward_hook(lambda module, inputs, output: shown.append(inputs[0]))
    leaf = x.clone().requires_grad_()
    y = layer(leaf)

    assert_same(y, twice, "layer(x) must become layer(2 x)")
    assert shown, "the module's own forward hooks did not run"
    assert_same(shown[0], given_x + given_x, "a forward hook must see the doubled input")
    assert y.requires_grad, "y has no gradient: the hook cuts the graph"
    from_x, from_weight = torch.autograd.grad(y, (leaf, layer.weight), upstream, allow_unused=True)
    assert from_x is not None, "no gradient reaches x: the hook cuts the graph"
    assert_close(
        from_x,
        2 * upstream @ layer.weight.detach(),
        rtol=1e-4,
        atol=1e-4,
        msg=explained("the gradient of x is wrong: y is layer(2 x)"),
    )
    assert_close(from_weight, wanted, msg=explained("the gradient of the weight is wrong"))
    assert_same(layer(x + 1), next_twice, "layer(x + 1) must become layer(2 (x + 1))")
    layer(x)
    assert_same(x, given_x, "the hook changed the caller's x")
    assert_same(other(x), plain_other, "another module doubles its inputs, too")

    handle.remove()
    watcher.remove()
    assert_same(layer(x), plain, "after handle.remove() nothing may be doubled")
    left = hooks_of(layer)
    assert not left, f"after handle.remove() there is still {left}"

    outer = nn.Sequential(other)
    twice = outer(x + x)
    double_inputs(outer)
    assert_same(outer(x), twice, "module(x) must become module(2 x): its submodules double nothing")

    traced = fresh(Traced)(3).to(device)
    double_inputs(traced)
    traced.register_forward_hook(
        lambda module, inputs, output: traced.memory.append(
            StorageWeakRef(inputs[0].untyped_storage())
        )
    )
    traced(x.clone())
    assert_forgotten(traced, "double_inputs")


# ----------------------------------------------------------------------------------- add_affine


class Unit(nn.Module):
    """Has W and b, and an output that has nothing to do with them."""

    def __init__(self, output: object) -> None:
        super().__init__()
        self.output, self.runs = output, 0

    def forward(self, x: Tensor, *more: object) -> object:
        self.runs += 1
        return self.output


class Affine(NamedTuple):
    """Operands, small enough to follow by hand."""

    x: Tensor  # (..., in)
    W: Tensor  # (in, out)
    b: Tensor  # (out,)


# A W that is transposed by mistake still fits.
SQUARE = Affine(
    x=torch.tensor([[1.0, 1.0]], dtype=torch.float64),
    W=torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64),
    b=torch.tensor([0.0, 0.0], dtype=torch.float64),
)


@st.composite
def affines(draw: st.DrawFn, leading: st.SearchStrategy[tuple[int, ...]] = LEADING) -> Affine:
    """x, W and b of whole numbers in float64: every right answer is exact."""
    fan_in, fan_out = draw(SIDES), draw(SIDES)

    def whole(*shape: int) -> Tensor:
        return draw(tensors(dtype=torch.float64, shape=shape, elements=WHOLE))

    return Affine(whole(*draw(leading), fan_in), whole(fan_in, fan_out), whole(fan_out))


def unit_of(
    case: Affine, kind: type[Any], output: object, device: torch.device
) -> Any:  # Any: see nested()
    """A module with the W and b of `case`."""
    unit = kind(output)
    unit.W, unit.b = nn.Parameter(case.W.clone()), nn.Parameter(case.b.clone())
    return unit.to(device)


@SOME
@given(
    case=affines() | st.just(SQUARE),
    output=st.sampled_from([None, 1, torch.ones(1)]),
    data=st.data(),
)
def test_the_output_is_replaced(
    case: Affine, output: object, data: st.DataObject, device: torch.device
) -> None:
    """The output is input[0] @ W + b, whatever forward returned."""
    kind = fresh(Unit)
    unit, other = (unit_of(case, kind, output, device) for _ in range(2))
    x = case.x.to(device, copy=True).requires_grad_()
    handle = add_affine(unit)
    assert_handle(handle, "add_affine(module)")

    y = unit(x, torch.full((1,), 7.0), "more")

    assert isinstance(y, Tensor), f"the output must be a tensor; it is {y!r}"
    assert_same(y.cpu(), case.x @ case.W + case.b, "the output must be input[0] @ W + b")
    assert unit.runs == 1, f"forward itself must run once in a call; it ran {unit.runs} times"
    assert_same(x.cpu(), case.x, "the hook changed the input")
    assert_same(unit.W.cpu(), case.W, "the hook changed W")
    assert_same(unit.b.cpu(), case.b, "the hook changed b")

    assert y.requires_grad, "the output has no gradient: the hook cuts the graph"
    up = data.draw(
        tensors(dtype=torch.float64, shape=tuple(y.shape), elements=WHOLE), label="gradient of y"
    )
    y.backward(up.to(device))
    fan_in, fan_out = case.W.shape
    rows, up_rows = case.x.reshape(-1, fan_in), up.reshape(-1, fan_out)
    wanted = {"x": up @ case.W.mT, "W": rows.mT @ up_rows, "b": up_rows.sum(0)}
    for name, tensor in {"x": x, "W": unit.W, "b": unit.b}.items():
        assert tensor.grad is not None, f"no gradient reaches {name}: the hook cuts the graph"
        assert_same(tensor.grad.cpu(), wanted[name], f"the gradient of {name} is wrong")

    with torch.no_grad():
        unit.W.mul_(3)
    unit.b = nn.Parameter(case.b.to(device) + 1)
    want = case.x @ (case.W * 3) + (case.b + 1)
    assert_same(unit(x).cpu(), want, "W and b have changed: the next output must follow")
    shift = unit.register_forward_pre_hook(lambda module, inputs: (inputs[0] + 1,))
    want = (case.x + 1) @ (case.W * 3) + (case.b + 1)
    assert_same(unit(x).cpu(), want, "a pre-hook has changed the input: the hook must see that")
    shift.remove()
    assert other(x) is output, "another module of the same class changed, too"

    handle.remove()
    assert unit(x) is output, "after handle.remove() the output of forward counts again"
    left = hooks_of(unit)
    assert not left, f"after handle.remove() there is still {left}"

    traced = fresh(Traced)(2).to(device)
    traced.W, traced.b = torch.ones(2, 2, device=device), torch.ones(2, device=device)
    add_affine(traced)
    y = traced(torch.ones(1, 2, device=device))
    traced.memory.append(StorageWeakRef(y.untyped_storage()))
    del y
    assert_forgotten(traced, "add_affine")


# ------------------------------------------------------------------------ normalize_grad_inputs


class Weighted(nn.Module):
    """y = scale * sum of (input * coefficients): the gradient of each input is known."""

    def __init__(self, coefficients: list[Tensor]) -> None:
        super().__init__()
        self.coefficients = coefficients
        self.scale = nn.Parameter(torch.ones((), dtype=torch.float64))

    def forward(self, *inputs: object) -> Tensor:
        tensors_ = [each for each in inputs if isinstance(each, Tensor)]
        terms = [(x * c).sum() for x, c in zip(tensors_, self.coefficients, strict=True)]
        return torch.stack(terms).sum() * self.scale


def gradients_after_hook(
    coefficients: list[Tensor], needed: list[bool], device: torch.device
) -> tuple[list[Tensor | None], Tensor | None]:
    """The gradients of the inputs of a hooked module, and that of its parameter."""
    coefficients = [each.to(device) for each in coefficients]
    module = Weighted(coefficients).to(device)
    shown: list[Any] = []

    def show(module: nn.Module, gradients: Any, _: object) -> None:
        shown.append(gradients)

    module.register_full_backward_hook(show)
    handle = normalize_grad_inputs(module)
    assert_handle(handle, "normalize_grad_inputs(module)")
    module.register_full_backward_hook(show)
    inputs: list[Tensor] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns where no input requires a gradient
        for _ in range(2):
            module.zero_grad()
            inputs = [
                torch.ones_like(each).requires_grad_(need)
                for each, need in zip(coefficients, needed, strict=True)
            ]
            y = module(*inputs, "no tensor")
            want = sum(each.sum() for each in coefficients)
            assert_same(y, torch.as_tensor(want), "the hook changed the output of forward")
            y.backward()
            before, after = ([each is None for each in grads] for grads in shown[-2:])
            assert after == before, (
                "a gradient that is None must stay None, in its place: before the hook, None was "
                f"at {[n for n, none in enumerate(before) if none]}, after it at "
                f"{[n for n, none in enumerate(after) if none]}"
            )
    return [each.grad for each in inputs], module.scale.grad


ALL = [True, True, True]
SCALES = st.sampled_from([1.0, 2.0**-40, 2.0**40])


@given(
    whole=st.lists(
        tensors(dtype=torch.float64, shape=SHAPES, elements=WHOLE), min_size=1, max_size=3
    ),
    scale=SCALES,
    needs_gradient=st.lists(st.booleans(), min_size=3, max_size=3),
)
# Sums of zero and below zero are rare among those that are drawn.
@example(whole=[torch.tensor([3.0, -1.0]), torch.tensor(-2.0)], scale=1.0, needs_gradient=ALL)
@example(whole=[torch.tensor([1.0, -3.0])], scale=2.0**-40, needs_gradient=ALL)
@example(whole=[torch.tensor(2.0), torch.tensor([6.0])], scale=1.0, needs_gradient=[False, True])
def test_input_gradients_are_normalized(
    whole: list[Tensor], scale: float, needs_gradient: list[bool], device: torch.device
) -> None:
    """Each input's gradient is divided by the sum of all of them."""
    needed, whole = needs_gradient[: len(whole)], [each.double() for each in whole]
    coefficients = [each * scale for each in whole]

    got, of_parameter = gradients_after_hook(coefficients, needed, device)

    total = sum(float(each.sum()) for each, need in zip(coefficients, needed, strict=True) if need)
    before = [c.tolist() for c, need in zip(coefficients, needed, strict=True) if need]
    for number, (gradient, need) in enumerate(zip(got, needed, strict=True)):
        if not need:
            assert gradient is None, f"input {number} needs no gradient, but got one"
            continue
        want = coefficients[number] if total == 0 else coefficients[number] / total
        assert gradient is not None, f"the gradient of input {number} is lost"
        assert gradient.shape == want.shape, "a gradient must keep its shape"
        assert_close(
            gradient.cpu(),
            want,
            rtol=1e-12,
            atol=0,
            msg=explained(
                f"the gradient of input {number} is wrong: before the hook the gradients of the "
                f"inputs were {before}, their sum is {total:g}"
                + (" and leaves them unchanged" if total == 0 else "")
            ),
        )
    assert of_parameter is not None, "no gradient reaches the parameter of the module"
    want = sum(each.sum() for each in coefficients)
    assert_same(
        of_parameter.cpu(), torch.as_tensor(want), "the hook changed a parameter's gradient"
    )


class Sum(nn.Module):
    """a + b: autograd gives one and the same tensor as the gradient of both."""

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return a + b


@SOME
@given(
    ups=st.lists(tensors(dtype=torch.float64, shape=(2,), elements=WHOLE), min_size=1, max_size=2),
    nan=st.booleans(),
)
def test_normalizing_is_a_hook(ups: list[Tensor], nan: bool, device: torch.device) -> None:
    """Every pass anew, upstream stays, NaN stays, the handle ends it."""
    module, other = Sum(), Sum()
    handle = normalize_grad_inputs(module)
    if nan:
        ups[0][0] = math.nan
    # The last pass is the plain one: the hook is gone by then.
    for number, up in enumerate([*ups, ups[0]]):
        if number == len(ups):
            handle.remove()
        a, b = (torch.ones(2, dtype=torch.float64, device=device).requires_grad_() for _ in "ab")
        upstream = up.to(device, copy=True)
        (module(a, b) + 0 * other(a.detach(), b.detach())).backward(upstream)
        assert_same(upstream.cpu(), up, "the hook changed the gradient of the output in place")
        total = 2 * float(up.sum())
        for name, leaf in {"a": a, "b": b}.items():
            assert leaf.grad is not None, f"the gradient of {name} is lost"
            gradient = leaf.grad.cpu()
            if number == len(ups):
                assert_same(gradient, up, "after handle.remove() gradients must be plain again")
            elif math.isnan(total):
                assert bool(gradient[up.isnan()].isnan().all()), (
                    f"a gradient with NaN must stay visible; {name} has {gradient.tolist()}"
                )
                left_alone = torch.equal(gradient[~up.isnan()], up[~up.isnan()])
                assert left_alone or bool(gradient.isnan().all()), (
                    f"with a NaN in it the sum is NaN, and so is what is divided by it; {name} "
                    f"has {gradient.tolist()}: is the NaN left out of the sum?"
                )
            else:
                assert_close(
                    gradient,
                    up if total == 0 else up / total,
                    rtol=1e-12,
                    atol=0,
                    msg=explained(
                        f"the gradient of {name} is wrong in pass {number + 1}: before the hook "
                        f"a and b had {up.tolist()} each, the sum of all is {total:g}"
                    ),
                )
    left = hooks_of(module)
    assert not left, f"after handle.remove() there is still {left}"

    traced = Traced(2).to(device)
    normalize_grad_inputs(traced)
    traced(torch.ones(1, 2, device=device).requires_grad_()).sum().backward()
    assert_forgotten(traced, "normalize_grad_inputs")


# -------------------------------------------------------------------------------- clip_gradient


class Clip(NamedTuple):
    """A gradient and the limit of its norm."""

    gradient: Tensor
    max_norm: float


@st.composite
def clips(draw: st.DrawFn) -> Clip:
    """A gradient of any length, and a limit well below it, well above it, or equal."""
    dtype = draw(st.sampled_from([torch.float32, torch.float64, torch.bfloat16, torch.float16]))
    gradient = draw(tensors(dtype=dtype, shape=SHAPES, elements=WHOLE))
    if dtype.itemsize > 2:
        gradient = gradient * draw(st.sampled_from([1.0, 0.3, 2.0**-20, 2.0**20]))
    norm = math.hypot(*gradient.double().flatten().tolist())
    factor = draw(st.sampled_from([0.5, 0.01, 2.0, 1.2, 100.0]))
    return Clip(gradient, norm * factor if norm else factor)


def hooked_gradient(
    gradient: Tensor, max_norm: float, device: torch.device, *, leaf: bool, passes: int = 1
) -> Tensor:
    """The gradient that x gets when `gradient` arrives at it, or at x * 1 if not `leaf`."""
    gradient = gradient.to(device)
    x = torch.zeros_like(gradient).requires_grad_()
    clipped = x if leaf else x * 1
    handle = clip_gradient(clipped, max_norm)
    assert_handle(handle, "clip_gradient(tensor, max_norm)")
    for _ in range(passes):
        clipped.backward(gradient.clone(), retain_graph=True)
    assert x.grad is not None, "no gradient reaches the tensor"
    got = x.grad.cpu()
    handle.remove()
    x.grad = None
    clipped.backward(gradient, retain_graph=True)
    assert_same(x.grad, gradient, "after handle.remove() no gradient may be clipped")
    return got


@given(case=clips(), leaf=st.booleans(), passes=st.integers(1, 2))
@example(case=Clip(torch.tensor([[3.0], [4.0]]), 5.0), leaf=True, passes=1)  # equal: untouched
@example(case=Clip(torch.tensor([[1.0, 2.0], [2.0, 4.0]]), 2.5), leaf=True, passes=1)
def test_long_gradients_are_clipped(
    case: Clip, leaf: bool, passes: int, device: torch.device
) -> None:
    """A gradient longer than max_norm is scaled to it, no other is."""
    gradient, max_norm = case

    got = hooked_gradient(gradient, max_norm, device, leaf=leaf, passes=passes)

    exact = gradient.double()
    norm = math.hypot(*exact.flatten().tolist())
    about = f"the gradient {gradient.tolist()} has norm {norm:g}, max_norm is {max_norm:g}"
    if passes > 1:
        about += ", and arrives twice: each pass is clipped by itself, .grad adds them"
    assert got.dtype == gradient.dtype, f"the gradient must keep its dtype; it is {got.dtype}"
    if norm <= max_norm:
        assert_same(got, gradient * passes, f"{about}: it must stay untouched, to the bit")
    else:
        eps = torch.finfo(gradient.dtype).eps
        assert_close(
            got.double(),
            exact / norm * max_norm * passes,
            rtol=16 * eps,
            atol=16 * eps * max_norm if gradient.dtype.itemsize < 4 else 0,
            msg=explained(f"{about}: it must be scaled to that norm"),
        )


@SOME
@given(
    whole=tensors(shape=(3,), elements=WHOLE),
    places=st.sets(st.integers(0, 2), max_size=3),
    max_norm=st.sampled_from([1, 1e-3, 1e3]),
)
def test_clipping_hides_nothing(
    whole: Tensor, places: set[int], max_norm: float, device: torch.device
) -> None:
    """NaN stays, a zero gradient stays, others' gradients stay."""
    zero = hooked_gradient(torch.zeros(3), max_norm, device, leaf=True)
    assert_same(zero, torch.zeros(3), "a gradient of zeros must stay as it is")

    gradient = whole.clone()
    gradient[list(places)] = math.nan
    got = hooked_gradient(gradient, max_norm, device, leaf=True)
    hidden = gradient.isnan() & ~got.isnan()
    assert not hidden.any(), (
        f"the gradient {gradient.tolist()} came out as {got.tolist()}: NaN must stay visible"
    )

    a, b = (torch.zeros(3, device=device).requires_grad_() for _ in "ab")
    upstream = whole.to(device, copy=True)
    handle = clip_gradient(a, max_norm)
    total = a + b  # autograd hands one and the same gradient to both
    total.backward(upstream)
    assert b.grad is not None
    assert_same(upstream.cpu(), whole, "the hook changed a gradient in place: return a new one")
    assert_same(b.grad.cpu(), whole, "the hook of a changed the gradient of b")
    assert_same(a, torch.zeros(3, device=device), "the hook changed the tensor itself")
    handle.remove()

    traced = Traced(2).to(device)
    y = traced(torch.ones(1, 2, device=device))
    clip_gradient(y, max_norm)
    clip_gradient(traced.weight, max_norm)
    y.backward(torch.ones_like(y))
    del y
    assert_forgotten(traced, "clip_gradient")


@given(max_norm=st.sampled_from([0, 0.0, -1, -1e-9, -math.inf, 1.0]), needs=st.booleans())
@example(max_norm=1.0, needs=False)
def test_what_cannot_be_clipped_is_refused(
    max_norm: float, needs: bool, device: torch.device
) -> None:
    """max_norm <= 0, or no gradient to come, raises ValueError."""
    tensor = torch.ones(2, device=device).requires_grad_(needs)
    call = f"clip_gradient(tensor, {max_norm!r})" + ("" if needs else " without requires_grad")
    wrong = max_norm <= 0 or not needs

    try:
        clip_gradient(tensor, max_norm)
    except ValueError as error:
        if not wrong:
            pytest.fail(f"{call} is fine; it raised {error!r}")
    except NotImplementedError:
        raise
    except Exception as error:
        pytest.fail(f"{call} must {'raise ValueError' if wrong else 'pass'}; it raised {error!r}")
    else:
        assert not wrong, f"{call} must raise ValueError; it raised nothing"


# ------------------------------------------------------------------------------ GradientMonitor


class Net(nn.Module):
    """Real layers: one used twice, one frozen, one never used."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(OrderedDict(inner=nn.Linear(2, 2), act=nn.Tanh()))
        self.traced = Traced(2)
        self.frozen = nn.Linear(2, 2).requires_grad_(False)
        self.unused = nn.Linear(2, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.traced(self.frozen(self.encoder(self.encoder(x))))


NETS = st.builds(lambda seed: seeded(seed), st.integers(0, 99))


def seeded(seed: int) -> Net:
    """A net of its own for each seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Net().double()


def reference_norms(net: Net, x: Tensor) -> dict[str, float]:
    """The norm of the gradient of each parameter that gets one, in a pass over x."""
    named = {name: each for name, each in net.named_parameters() if each.requires_grad}
    got = torch.autograd.grad(net(x).sum(), list(named.values()), allow_unused=True)
    return {
        name: math.hypot(*gradient.flatten().tolist())
        for name, gradient in zip(named, got, strict=True)
        if gradient is not None
    }


INPUTS = tensors(dtype=torch.float64, shape=(3, 2), min_value=-1, max_value=1)


@SOME
@given(net=NETS, xs=st.lists(INPUTS, max_size=3))
def test_norms_of_each_pass(net: Net, xs: list[Tensor], device: torch.device) -> None:
    """norms has each parameter's gradient norm, one a backward pass."""
    net.to(device)
    xs = [x.to(device) for x in xs]
    wanted = [reference_norms(net, x) for x in xs]
    net(torch.ones(1, 2, dtype=torch.float64, device=device)).sum().backward()  # before it opens

    with GradientMonitor(net, 1e9) as monitor:
        assert monitor is not None, "__enter__ must return the monitor: `with ... as monitor`"
        for x in xs:
            net(x).sum().backward()  # .grad accumulates; norms must not
        norms = {name: [float(norm) for norm in found] for name, found in monitor.norms.items()}

    names = {name for name, _ in net.named_parameters()}
    assert set(norms) == names, (
        f"norms must have every parameter's name, also of those that get no gradient: "
        f"{sorted(names)}; yours has {sorted(norms)}"
    )
    for name, found in norms.items():
        want = [one[name] for one in wanted if name in one]
        if not want:  # frozen or unused
            assert not any(found), f"{name} never gets a gradient; norms has {found} for it"
            continue
        assert len(found) == len(want), (
            f"after {counted(len(want), 'backward pass', 'backward passes')}, norms[{name!r}] "
            f"must have {counted(len(want), 'number')}; it has {found}"
        )
        assert_close(
            torch.tensor(found, dtype=torch.float64),
            torch.tensor(want, dtype=torch.float64),
            rtol=1e-5,
            atol=1e-9,
            msg=explained(f"norms[{name!r}] is wrong: 2-norms of each pass's own gradient"),
        )


class Given(nn.Module):
    """A model whose parameters get the gradients that a step wants."""

    def __init__(self, gradients: dict[str, Tensor]) -> None:
        super().__init__()
        self.gradients = gradients
        for name, gradient in gradients.items():
            layer, _, parameter = name.partition(".")
            if not hasattr(self, layer):
                self.add_module(layer, nn.Module())
            getattr(self, layer).register_parameter(
                parameter, nn.Parameter(torch.zeros_like(gradient))
            )

    def forward(self) -> Tensor:
        terms = [(each * self.gradients[name]).sum() for name, each in self.named_parameters()]
        return torch.stack(terms).sum()


LENGTHS = st.sampled_from([0.0, 1.0, 2.0, 3.0, 25.0, math.inf, -math.inf, math.nan])


def numbers_in(text: str) -> list[float]:
    """The numbers that a message has, NaN and inf included."""
    found = re.findall(r"[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|\binf(?:inity)?\b|\bnan\b)", text.lower())
    return [float(number) for number in found]


@given(
    lengths=st.tuples(LENGTHS, LENGTHS, LENGTHS),
    threshold=st.sampled_from([10, 60.0]),
    passes=st.integers(1, 2),
)
def test_exploding_gradients_warn(
    lengths: tuple[float, float, float], threshold: float, passes: int, device: torch.device
) -> None:
    """A norm above threshold, or not finite, warns with name and norm."""
    assert issubclass(ExplodingGradientWarning, UserWarning), (
        "ExplodingGradientWarning must be a UserWarning"
    )
    names = ("encoder.weight", "encoder.bias", "head.weight")
    shaped = [torch.tensor([[3.0, 4.0]]), torch.tensor([0.0, -5.0, 0.0]), torch.tensor(5.0)]
    gradients = {
        name: torch.where(each == 0, 0, each * length).to(device)
        for name, each, length in zip(names, shaped, lengths, strict=True)
    }
    norms = {name: 5 * abs(length) for name, length in zip(names, lengths, strict=True)}
    model = Given(gradients).to(device)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with GradientMonitor(model, threshold):
            for _ in range(passes):
                model().backward()
    texts = [
        str(each.message) for each in caught if issubclass(each.category, ExplodingGradientWarning)
    ]

    unnamed = [text for text in texts if not any(name in text for name in names)]
    assert not unnamed, (
        f"a warning must name its parameter, one of {names}; there is {unnamed[0]!r}"
    )
    kinds = sorted({each.category.__name__ for each in caught} - {"ExplodingGradientWarning"})
    for name, norm in norms.items():
        of_it = [text for text in texts if name in text]
        warns = not norm <= threshold or math.isinf(norm)
        wanted = passes if warns else 0
        assert len(of_it) == wanted, (
            f"{name} has a gradient of norm {norm:g}, threshold is {threshold:g}: in "
            f"{counted(passes, 'pass', 'passes')}, {counted(wanted, 'ExplodingGradientWarning')} "
            f"must name it; there are {of_it}" + (f", and a {kinds[0]}" if kinds else "")
        )
        for text in of_it:
            shown = numbers_in(text.replace(name, ""))
            assert any(
                math.isclose(each, norm, rel_tol=1e-2) or (math.isnan(each) and math.isnan(norm))
                for each in shown
            ), f"the warning must tell the norm, {norm:g}; it says {text!r}"
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, f"the gradient of {name} is lost"
        want = gradients[name] * passes
        assert_same(parameter.grad, want, f"the monitor changed the gradient of {name}")


@FEW
@given(net=NETS, stop=st.booleans(), create_graph=st.booleans())
def test_a_closed_monitor_is_gone(
    net: Net, stop: bool, create_graph: bool, device: torch.device
) -> None:
    """When the block ends, also by an exception, no hook is left."""
    net.to(device)
    x = torch.ones(2, 2, dtype=torch.float64, device=device)
    first = dict(net.named_parameters())["encoder.inner.weight"]
    tripled = first.register_hook(lambda gradient: gradient * 3)
    of_others = net.traced.weight.register_hook(lambda gradient: None)
    before = hooks_of(net)
    plain = net(x)
    plain.sum().backward()
    wanted = {name: p.grad for name, p in net.named_parameters() if p.grad is not None}
    net.zero_grad()

    monitor, other = GradientMonitor(net, 0.0), GradientMonitor(net, 1e9)
    assert hooks_of(net) == before, "there is a hook already before the monitor is opened"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        other.__enter__()  # not a `with`: what its __exit__ swallows would hide what fails here
        with left_by(stop, "GradientMonitor"), monitor:
            y = net(x)
            y.sum().backward(create_graph=create_graph)
            for name, parameter in net.named_parameters():
                if name in wanted:
                    assert parameter.grad is not None, f"the gradient of {name} is lost"
                    assert_same(parameter.grad, wanted[name], f"gradient of {name}")
                    parameter.grad = None
            assert_same(y, plain, "the monitor changed the output")
            inside = {name: len(found) for name, found in monitor.norms.items()}
            if stop:
                raise Stop
        seen = {name: len(found) for name, found in monitor.norms.items()}
        warned = len(caught)
        assert seen == inside, (
            "the norms must still be there after the block: inside of it, norms had "
            f"{inside}, after it {seen}"
        )
        net(x).sum().backward()
        grown = [name for name, found in monitor.norms.items() if len(found) > seen.get(name, 0)]
        assert not grown, (
            f"a closed monitor goes on: a backward pass after the block gave {grown[0]} "
            "another norm: is every handle removed?"
        )
        assert len(caught) == warned, f"a closed monitor still warns: {caught[-1].message}"
        others = len(other.norms["traced.bias"])
        assert others == 2, (
            "closing one monitor must not touch another: that one must have 2 norms of each "
            f"parameter, it has {others}"
        )
        other.__exit__(None, None, None)

    left = hooks_of(net)
    assert left == before, f"after the block the hooks must be {before}; there are {left}"
    del y, plain
    net.zero_grad()
    wanted.clear()
    assert_forgotten(net.traced, "GradientMonitor")
    tripled.remove()
    of_others.remove()


# -------------------------------------------------------------------------------------- capture


class Seen(nn.Linear):
    """A linear layer that notes what it returns."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  as nn.Linear calls it
        y = super().forward(input)
        self.returned = y.detach().clone()
        return y


def nested() -> Any:  # Any: pyright takes the attributes of a module for tensors
    """encoder.first, encoder.deep.second, head; and a traced layer that no one captures."""
    deep = nn.Sequential(OrderedDict(second=Seen(2, 2), act=nn.Tanh()))
    encoder = nn.Sequential(OrderedDict(first=Seen(2, 2), deep=deep))
    return nn.Sequential(OrderedDict(traced=Traced(2), encoder=encoder, head=Seen(2, 2)))


NAMES = ["encoder.first", "encoder.deep.second", "head", "encoder.deep", "encoder"]


@SOME
@given(
    names=st.lists(st.sampled_from(NAMES), unique=True),
    xs=st.lists(tensors(shape=(1, 2), elements=VALUES), min_size=1, max_size=2),
    stop=st.booleans(),
    dtype=FLOATS,
)
@example(names=["head"], xs=[torch.ones(1, 2)], stop=False, dtype=torch.float64)
@example(names=["encoder.first", "encoder"], xs=[torch.ones(1, 2)] * 2, stop=False, dtype=F32)
def test_outputs_are_captured(
    names: list[str], xs: list[Tensor], stop: bool, dtype: torch.dtype, device: torch.device
) -> None:
    """The dict has each named output, detached, and nothing else."""
    model = nested().to(device, dtype).train(stop)
    xs = [x.to(dtype) for x in xs]
    others = model.head.register_forward_hook(lambda module, inputs, output: None)
    before = hooks_of(model)
    parameters = list(model.parameters())
    plain = [model(x.to(device)) for x in xs]
    y = plain[-1]
    got = wanted = torch.autograd.grad(y.sum(), parameters, retain_graph=True)
    gradient = want = got[0]

    with left_by(stop, "capture"), capture(model, names) as outputs:
        for x, want in zip(xs, plain, strict=True):
            y = model(x.to(device))
            assert_same(y, want, "capturing changed the output of the model")
        modes = {each.training for each in model.modules()}
        assert modes == {stop}, "capture switched the model between train() and eval()"
        if stop:
            raise Stop
    returned = {name: model.get_submodule(name) for name in NAMES}

    assert isinstance(outputs, dict), f"`with capture(...) as outputs` gives {outputs!r}, no dict"
    assert set(outputs) == set(names), (
        f"asked for {sorted(names)}, the dict must have exactly these; it has {sorted(outputs)}"
    )
    for name, output in outputs.items():
        module = returned[name]
        if name.startswith("encoder") and not isinstance(module, Seen):
            want = torch.tanh(model.encoder.deep.second.returned)  # the containers return that
        else:
            want = module.returned
        assert_same(output, want, f"the captured output of {name} is not what it returned last")
        assert not output.requires_grad, f"the captured output of {name} is not detached"
    assert y.requires_grad, "capturing cut the graph: the output of the model has no gradient"
    got = torch.autograd.grad(y.sum(), parameters, allow_unused=True)
    for gradient, want in zip(got, wanted, strict=True):
        assert gradient is not None, "capturing cut the graph: a parameter gets no gradient"
        assert_same(gradient, want, "capturing changed a gradient")
    left = hooks_of(model)
    assert left == before, f"after the block the hooks must be {before}; there are {left}"
    kept = {name: (output, output.clone()) for name, output in outputs.items()}
    model(xs[0].to(device) + 1)
    for name, (output, copy) in kept.items():
        assert outputs[name] is output, f"after the block a call still changed outputs[{name!r}]"
        assert_same(output, copy, f"after the block a call still changed outputs[{name!r}]")
    del y, plain, got, wanted, gradient, want
    assert_forgotten(model.traced, "capture")
    others.remove()

    another = nested().to(device)
    with capture(another, names):
        another(torch.ones(1, 2, device=device))
        assert_forgotten(another.traced, "capture, while its block is open,")


@given(
    unknown=st.sampled_from(["nope", "encoder.third", "deep.second", "heads", "encoder.first.x"]),
    known=st.lists(st.sampled_from(NAMES), unique=True, max_size=2),
    place=st.integers(0, 2),
)
def test_unknown_names_are_refused(unknown: str, known: list[str], place: int) -> None:
    """An unknown name raises KeyError, with it and those that exist."""
    model = nested()
    names = [*known[:place], unknown, *known[place:]]
    entered = False

    try:
        with capture(model, names):
            entered = True
    except KeyError as error:
        text = str(error)
    except NotImplementedError:
        raise
    except Exception as error:
        pytest.fail(f"capture(model, {names}) must raise KeyError; it raised {error!r}")
    else:
        pytest.fail(f"capture(model, {names}) must raise KeyError; it raised nothing")
    assert not entered, "the KeyError must come before the block, not at its end"
    assert unknown in text, f"the message must have the unknown name {unknown!r}; it is {text}"
    exist = [name for name, _ in model.named_modules() if name]
    missing = [name for name in exist if name not in text]
    assert not missing, f"the message must have the names that exist; {missing} is not in {text}"
    left = hooks_of(model)
    assert not left, f"capture failed, yet left hooks behind: {left}"
