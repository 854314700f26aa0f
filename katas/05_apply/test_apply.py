"""The steps of kata 05. Read the first red one, make it green, go on to the next."""

import copy
import math
from collections.abc import Callable
from typing import Any

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from pytest_torchkata import assert_close
from pytest_torchkata.strategies import shapes, tensors

from .apply import add_bias, count_applied, init_weights, linearize, show_names

WHOLE = st.integers(-8, 8)
SIDES = st.integers(1, 4)
FLOATS = st.sampled_from([torch.float32, torch.float64, torch.bfloat16, torch.float16])
LEADING = shapes(min_dims=0, max_dims=2, min_side=0, max_side=3)
NAMES = st.text("abcxyz", min_size=1, max_size=4)
# So many examples suffice for steps that look at many things in each.
SOME = settings(max_examples=30)


class Part(nn.Module):
    """A part of a model, with W, (out, in), a name, and b, (out,), where one is given."""

    def __init__(self, name: str, W: Tensor, b: Tensor | None, *parts: nn.Module) -> None:
        super().__init__()
        self.name = name
        self._own_runs = 0  # calls of the forward of the class
        self.W = nn.Parameter(W)
        if b is not None:
            self.b = nn.Parameter(b)
        for number, part in enumerate(parts):
            self.add_module(f"part{number}", part)

    def forward(self, x: Tensor) -> Tensor:
        self._own_runs += 1
        return x + 100

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # Any: Hypothesis' printer
        """What a failing example shows; `repr` is the learner's business here."""
        b = getattr(self, "b", None)
        inside = [type(child).__name__ for child in self.children()]
        printer.text(
            f"{type(self).__name__}(name={self.name!r}, W={self.W.tolist()}"
            + ("" if b is None else f", b={b.tolist()}")
            + ("" if self.W.dtype == torch.float64 else f", in {self.W.dtype}")
            + (f", with a child {' and a '.join(inside)}" if inside else "")
            + ")"
        )


class Function_Add(Part):
    """One of those that the functions change."""


class Function_scale(Part):
    """Another one, with a forward of its own."""

    def forward(self, x: Tensor) -> Tensor:
        self._own_runs += 1
        return x * 100


class Functional(Part):
    """Not one of them: the name has no underscore."""


class MyFunction_Add(Part):
    """Not one of them: the name does not start with it."""


class function_add(Part):
    """Not one of them: lower case."""


def fresh(kind: type[Part]) -> type[Part]:
    """A class of the same name and behaviour: a patch of it is gone in the next case."""
    return type(kind.__name__, (kind,), {})


FUNCTIONS = st.sampled_from([Function_Add, Function_scale]).map(fresh)
OTHERS = st.sampled_from([Functional, MyFunction_Add, function_add])


@st.composite
def parts(
    draw: st.DrawFn,
    kinds: st.SearchStrategy[type[Part]],
    *,
    bias: bool = True,
    dtype: torch.dtype = torch.float64,
    children: tuple[nn.Module, ...] = (),
    elements: st.SearchStrategy[Any] = WHOLE,
) -> Any:  # Any: pyright takes the attributes of a module for tensors or modules
    """A part with whole numbers in W and b: every right answer is exact."""
    fan_in, fan_out = draw(SIDES), draw(SIDES)
    W = draw(tensors(dtype=dtype, shape=(fan_out, fan_in), elements=elements))
    b = draw(tensors(dtype=dtype, shape=(fan_out,), elements=elements)) if bias else None
    return draw(kinds)(draw(NAMES), W, b, *children)


def is_function(module: nn.Module) -> bool:
    """Whether the functions of this kata change the module."""
    return type(module).__name__.startswith("Function_")


def shown(module: nn.Module) -> str:
    """What messages call the module."""
    return f"the {type(module).__name__} module"


def state_of(module: Any) -> dict[str, object]:  # Any: see parts()
    """What must not change about a module: its attributes, parameters with identity and values."""
    state: dict[str, object] = {
        f"attribute {name}": value
        for name, value in vars(module).items()
        if not name.startswith("_")
    }
    for name, parameter in module.named_parameters(recurse=False):
        state[f"parameter {name}"] = id(parameter)
        state[f"values of {name}"] = parameter.tolist()
    state["children"] = [id(child) for child in module.children()]
    state["buffers"] = [name for name, _ in module.named_buffers(recurse=False)]
    return state


def assert_untouched(module: nn.Module, before: dict[str, object], call: str) -> None:
    """The module's state is what it was."""
    after = state_of(module)
    changed = sorted(key for key in before | after if before.get(key) != after.get(key))
    assert not changed, (
        f"{call} must leave {shown(module)} as it is; changed: {', '.join(changed)} "
        f"(the class name decides: it must start with 'Function_')"
    )


def others_below(module: nn.Module) -> list[nn.Module]:
    """The modules inside of `module` that the functions of this kata leave alone."""
    found: list[nn.Module] = []
    for child in module.children():
        found += [*([] if is_function(child) else [child]), *others_below(child)]
    return found


def assert_others_untouched(
    fn: Callable[[nn.Module], None], others: list[nn.Module], inside: nn.Module
) -> None:
    """`fn` changes none of `others`, and returns None; they stand in a model beside `inside`."""
    call = f"{fn.__name__}(module)"
    model = nn.Sequential(*others, inside)
    everything = [*others, *others_below(inside), model]
    before = [state_of(module) for module in everything]
    texts = [repr(module) for module in others]
    x = torch.ones(2, 2, dtype=torch.float64)
    outputs = [module(x) for module in others]
    returned = model.apply(fn)

    assert returned is model
    for module, state in zip(everything, before, strict=True):
        assert_untouched(module, state, call)
    for module, text, output in zip(others, texts, outputs, strict=True):
        assert repr(module) == text, f"{call} must leave the repr of {shown(module)} as it is"
        assert_close(
            module(x),
            output,
            rtol=0,
            atol=0,
            msg=lambda text, module=module: f"{call} changed {shown(module)}\n{text}",
        )
    for module in (*others, inside):
        result: object = fn(module)
        assert result is None, f"{call} must return None; it returned {result!r}"


@st.composite
def bystanders(draw: st.DrawFn) -> list[nn.Module]:
    """Modules that no function may change, though they have W, b and a name."""
    square = torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64)
    bias = draw(st.sampled_from([None, torch.zeros(2, dtype=torch.float64)]))
    kinds = draw(st.lists(OTHERS, min_size=1, max_size=3))
    mine: list[nn.Module] = [kind("other", square.clone(), copy.copy(bias)) for kind in kinds]
    return [*mine, nn.Linear(2, 2, dtype=torch.float64), nn.Tanh()]


# ------------------------------------------------------------------------------------- add_bias


@given(data=st.data(), dtype=FLOATS, requires_grad=st.booleans())
def test_a_bias_is_added(
    data: st.DataObject, dtype: torch.dtype, requires_grad: bool, device: torch.device
) -> None:
    """b is an nn.Parameter (out,), of W's dtype and on its device."""
    module = data.draw(parts(FUNCTIONS, bias=False, dtype=dtype), label="module").to(device)
    module.W.requires_grad_(requires_grad)
    weight, before = module.W, module.W.detach().clone()

    assert add_bias(module) is None, "add_bias must return None: model.apply ignores the rest"

    fan_out = module.W.shape[0]
    assert hasattr(module, "b"), f"{shown(module)} has no attribute b"
    assert isinstance(module.b, nn.Parameter), (
        f"b must be an nn.Parameter; it is a {type(module.b).__name__}"
    )
    assert tuple(module.b.shape) == (fan_out,), (
        f"W of shape {tuple(module.W.shape)} is (out, in): b must have shape {(fan_out,)}; "
        f"yours has {tuple(module.b.shape)}"
    )
    assert module.b.dtype == dtype, f"W is in {dtype}: b must be, too; yours is in {module.b.dtype}"
    assert module.b.device == module.W.device, f"W is on {module.W.device}, b on {module.b.device}"
    assert module.b.requires_grad, "b must require a gradient"
    assert module.b.is_leaf, "b must be a leaf: an optimizer takes no other tensor"
    names = {name for name, _ in module.named_parameters()}
    assert names == {"W", "b"}, f"the parameters must be W and b; they are {sorted(names)}"
    assert module.W is weight, "add_bias must leave W alone: it is another object now"
    assert torch.equal(module.W, before), "add_bias must leave W alone: its values changed"


@given(data=st.data())
def test_the_bias_follows_w_to_its_device(data: st.DataObject) -> None:
    """b is made where W is."""
    # The meta device has shapes but no values: it stands in for an accelerator on any machine.
    module = data.draw(parts(FUNCTIONS, bias=False), label="module").to("meta")

    add_bias(module)

    assert module.b.device == module.W.device, f"W is on {module.W.device}, b on {module.b.device}"


def _litter(value: float) -> None:
    """Leave `value` in memory that torch.empty is likely to get next."""
    blocks = [torch.full((16,), value, dtype=torch.float64) for _ in range(16)]
    del blocks


@given(seed=st.integers(0, 2**31))
def test_the_bias_is_random(seed: int) -> None:
    """b is random: its elements differ, and so do two modules."""
    W = torch.zeros(16, 1, dtype=torch.float64)
    following: list[list[float]] = []
    values: list[Tensor] = []
    for shift, litter in ((0, math.nan), (1, 7.0)):
        torch.manual_seed(seed + shift)
        for kind in (Function_Add, Function_scale):
            module = kind("f", W, None)
            _litter(litter)
            add_bias(module)
            values.append(module.b.detach().clone())
        following.append(torch.rand(4).tolist())

    for value in values:
        assert value.isfinite().all(), "b is not finite: is it never filled?"
        assert len(value.unique()) > 1, f"all elements of b are {value[0]:g}: b must be random"
    for other in values[1:]:
        assert not torch.equal(values[0], other), (
            "two modules got the same b: is there a fixed seed, or a shared tensor?"
        )
    assert following[0] != following[1], (
        "after add_bias torch's generator always stands at the same place: do not seed it"
    )


@SOME
@given(data=st.data(), others=bystanders())
def test_a_bias_that_is_there_stays(data: st.DataObject, others: list[nn.Module]) -> None:
    """A b that is there stays, twice is as once, others untouched."""
    module = data.draw(parts(FUNCTIONS), label="module with b")
    before = state_of(module)
    add_bias(module)
    assert state_of(module) == before, "the module has a b: add_bias must leave it as it is"

    fresh = data.draw(parts(FUNCTIONS, bias=False), label="module without b")
    inner = data.draw(
        parts(FUNCTIONS, bias=False, children=(fresh, nn.Linear(1, 1))), label="its parent"
    )
    assert_others_untouched(add_bias, others, inner)
    once = [state_of(fresh), state_of(inner)]
    inner.apply(add_bias)
    assert [state_of(fresh), state_of(inner)] == once, "add_bias twice must be the same as once"


# --------------------------------------------------------------------------------- init_weights


@given(data=st.data(), dtype=FLOATS, trainable=st.booleans(), recording=st.booleans())
def test_weights_become_ones(
    data: st.DataObject, dtype: torch.dtype, trainable: bool, recording: bool, device: torch.device
) -> None:
    """W and b are ones: the same Parameters, and no graph."""
    anything = WHOLE | st.sampled_from([math.nan, math.inf])  # as memory that nobody has filled
    module = data.draw(parts(FUNCTIONS, dtype=dtype, elements=anything), label="module").to(device)
    module.requires_grad_(trainable)
    before = {"W": module.W, "b": module.b}
    memory = {name: parameter.detach() for name, parameter in before.items()}
    grads = {name: torch.full_like(view, 3) for name, view in memory.items()}
    if trainable:
        for name, parameter in before.items():
            parameter.grad = grads[name].clone()

    with torch.set_grad_enabled(recording):
        assert init_weights(module) is None, "init_weights must return None"
        left = torch.is_grad_enabled()

    on = {True: "on", False: "off"}
    assert left == recording, (
        f"gradients were switched {on[recording]}; init_weights left them switched {on[left]}"
    )
    for name, parameter in before.items():
        now = getattr(module, name)
        assert now is parameter, (
            f"{name} must stay the same Parameter object: an optimizer would go on with the old one"
        )
        assert now.dtype == dtype, f"{name} must stay in {dtype}; it is in {now.dtype}"
        assert_close(
            now.detach(),
            torch.ones_like(memory[name]),
            rtol=0,
            atol=0,
            msg=lambda text, name=name: f"{name} must be filled with ones\n{text}",
        )
        assert torch.equal(memory[name], now.detach()), (
            f"{name} must be filled in place: its memory was exchanged"
        )
        assert now.is_leaf, f"{name} has a graph: fill it under torch.no_grad()"
        assert now.requires_grad == trainable, f"{name}.requires_grad must stay {trainable}"
        if trainable:
            assert now.grad is not None, f"{name}.grad is lost"
            assert torch.equal(now.grad, grads[name]), f"{name}.grad must stay as it is"
    names = [name for name, _ in module.named_parameters()]
    assert names == ["W", "b"], f"the parameters must be W and b; they are {names}"


@SOME
@given(data=st.data(), others=bystanders())
def test_only_functions_are_filled(data: st.DataObject, others: list[nn.Module]) -> None:
    """Every Function_ module is filled, others are untouched."""
    leaf = data.draw(parts(FUNCTIONS), label="a child")
    children = (nn.Sequential(leaf), nn.Linear(1, 1))
    parent = data.draw(parts(FUNCTIONS, children=children), label="its parent")

    assert_others_untouched(init_weights, others, parent)

    for module in (leaf, parent):
        assert module.W.eq(1).all(), f"W of {shown(module)} must be ones"
        assert module.b.eq(1).all(), f"b of {shown(module)} must be ones"


# ------------------------------------------------------------------------------------ linearize


def assert_linear(module: Any, x: Tensor, W: Tensor, b: Tensor, why: str) -> Tensor:
    """module(x) is x @ W.T + b."""
    y = module(x.to(module.W.device))
    want = x.detach() @ W.T + b
    assert isinstance(y, Tensor), f"forward must return a tensor; it returned {y!r}"
    assert y.shape == want.shape, (
        f"{why}: for x {tuple(x.shape)} and W {tuple(W.shape)} the output must have shape "
        f"{tuple(want.shape)}; yours has {tuple(y.shape)}"
    )
    assert_close(y.detach().cpu(), want, rtol=0, atol=0, msg=lambda text: f"{why}\n{text}")
    return y


@st.composite
def telling_parts(draw: st.DrawFn) -> Any:  # Any: see parts()
    """Parts of which every number counts: W not transposed still fits, float32 is not exact."""
    fine = st.integers(-8, 8).map(lambda whole: whole + 0.5 + 2.0**-30)
    W = torch.tensor([[draw(fine), 1.0], [2.0, 3.0]], dtype=torch.float64)
    return draw(FUNCTIONS)("a", W, torch.zeros(2, dtype=torch.float64))


def inputs_for(module: Any, leading: st.SearchStrategy[tuple[int, ...]] = LEADING) -> Any:
    """Inputs of the right last dimension."""
    return leading.flatmap(
        lambda sizes: tensors(
            dtype=torch.float64, shape=(*sizes, module.W.shape[1]), elements=WHOLE
        )
    )


@SOME
@given(data=st.data())
def test_forward_becomes_linear(data: st.DataObject, device: torch.device) -> None:
    """forward is x @ W.T + b, with gradients to x, W and b."""
    module = data.draw(parts(FUNCTIONS) | telling_parts(), label="module")
    x = data.draw(inputs_for(module), label="x")
    W, b = module.W.detach().clone(), module.b.detach().clone()
    given_x, kind = x.clone(), type(module).__name__
    module.to(device)

    assert linearize(module) is None, "linearize must return None"

    leaf = x.clone().requires_grad_()
    y = assert_linear(module, leaf, W, b, "the module must compute x @ W.T + b")
    assert module._own_runs == 0, (
        "the forward of the class still runs: the new one must take its place"
    )
    assert type(module).__name__ == kind, (
        f"the module's class was called {kind}, after linearize {type(module).__name__}: "
        "nobody would know it for a Function_ module"
    )
    assert torch.equal(leaf.detach(), given_x), "forward changed x"
    up = data.draw(tensors(dtype=torch.float64, shape=tuple(y.shape), elements=WHOLE), label="up")
    assert y.requires_grad, "the output has no gradient: something cuts the graph"
    y.backward(up.to(device))
    rows, up_rows = x.reshape(-1, W.shape[1]), up.reshape(-1, W.shape[0])
    wanted = {"x": up @ W, "W": up_rows.T @ rows, "b": up_rows.sum(0)}
    for name, tensor in {"x": leaf, "W": module.W, "b": module.b}.items():
        assert tensor.grad is not None, f"no gradient reaches {name}"
        assert_close(
            tensor.grad.cpu(),
            wanted[name],
            rtol=0,
            atol=0,
            msg=lambda text, name=name: f"the gradient of {name} is wrong\n{text}",
        )


@SOME
@given(data=st.data(), others=bystanders())
def test_forward_of_that_instance_only(data: st.DataObject, others: list[nn.Module]) -> None:
    """Class and other instances stay; instances never share."""
    untouched = data.draw(parts(FUNCTIONS), label="never given to linearize")
    kind = type(untouched)
    classes = kind.__mro__[:-1]
    before = [dict(vars(each)) for each in classes]
    first, second = (data.draw(parts(st.just(kind)), label=f"module {n}") for n in (1, 2))
    plain_x = torch.ones(1, dtype=torch.float64)
    plain = untouched(plain_x)
    state = list(first.state_dict()), list(second.state_dict())

    linearize(first)
    assert torch.equal(untouched(plain_x), plain), (
        "linearize(module) changed the forward of another instance of the class"
    )
    linearize(second)
    linearize(first)  # twice is the same as once

    for module in (first, second):
        x = data.draw(inputs_for(module, st.just((2,))), label="x")
        why = "after linearize of two modules, each must compute with its own W and b"
        assert_linear(module, x, module.W.detach(), module.b.detach(), why)
    for each, names in zip(classes, before, strict=True):
        changed = [name for name in vars(each) if vars(each)[name] is not names.get(name)]
        changed = [name for name in changed if not name.startswith("__")]
        assert not changed, f"linearize changed {changed} of class {each.__name__}"
    assert torch.equal(untouched(plain_x), plain), "an instance not given to linearize changed"
    assert torch.equal(kind("new", first.W.detach(), None)(plain_x), plain), (
        "a new instance of the class does not compute what its class says"
    )
    after = list(first.state_dict()), list(second.state_dict())
    assert after == state, f"state_dict must keep its keys {state[0]}; it has {after[0]}"
    assert_others_untouched(linearize, others, first)


@SOME
@given(data=st.data())
def test_later_changes_are_seen(data: st.DataObject, device: torch.device) -> None:
    """W and b are read in every call, and hooks run."""
    module = data.draw(parts(FUNCTIONS), label="module").to(device)
    x = data.draw(inputs_for(module, st.just((2,))), label="x")
    W, b = module.W.detach().cpu().clone(), module.b.detach().cpu().clone()
    ran: list[str] = []
    seen: list[Tensor] = []
    module.register_forward_pre_hook(lambda *_: ran.append("pre-hook before"))
    module.register_forward_hook(lambda *_: ran.append("hook before"))
    module.register_forward_hook(lambda module, inputs, output: seen.append(output))

    linearize(module)
    module.register_forward_hook(lambda *_: ran.append("hook after"))

    y = assert_linear(module, x, W, b, "the module must compute x @ W.T + b")
    wanted = ["pre-hook before", "hook before", "hook after"]
    assert ran == wanted, f"each hook must run once a call: {wanted}; there ran {ran}"
    assert seen[0] is y, "a hook registered before linearize must see the output x @ W.T + b"
    with torch.no_grad():
        module.W.add_(1)
        module.b.mul_(3)
    assert_linear(module, x, W + 1, b * 3, "W and b changed in place: the output must follow")
    module.W, module.b = nn.Parameter((W * 2).to(device)), nn.Parameter((b - 1).to(device))
    assert_linear(module, x, W * 2, b - 1, "W and b are new Parameters: the output must follow")


@SOME
@given(data=st.data())
def test_copies_compute_with_their_own(data: st.DataObject, device: torch.device) -> None:
    """A deep copy of the model computes with its own W and b."""
    model: Any = nn.Sequential(nn.Identity(), data.draw(parts(FUNCTIONS), label="module"))
    model.to(device).apply(linearize)
    x = data.draw(inputs_for(model[1], st.just((2,))), label="x")
    W, b = model[1].W.detach().cpu().clone(), model[1].b.detach().cpu().clone()

    made = copy.deepcopy(model)
    with torch.no_grad():
        model[1].W.add_(1)
        model[1].b.add_(2)

    assert_linear(
        made[1], x, W, b, "W and b of the original changed: a deep copy must keep its own"
    )
    with torch.no_grad():
        made[1].W.mul_(5)
    made[1].b = nn.Parameter((b * 7).to(device))
    assert_linear(made[1], x, W * 5, b * 7, "W and b of the copy changed: it must follow")
    assert_linear(
        model[1], x, W + 1, b + 2, "W and b of the copy changed: the original must not follow"
    )
    again = copy.deepcopy(made)
    assert_linear(again[1], x, W * 5, b * 7, "a copy of a copy must compute as that does")


# ----------------------------------------------------------------------------------- show_names


@given(data=st.data())
def test_repr_shows_the_name(data: st.DataObject) -> None:
    """repr of a Function_ module shows name=<its name>."""
    leaf = data.draw(parts(FUNCTIONS), label="a child")
    parent = data.draw(parts(FUNCTIONS, children=(leaf,)), label="its parent")
    model, names = nn.Sequential(parent), (leaf.name, parent.name)

    assert show_names(leaf) is None, "show_names must return None"
    model.apply(show_names)

    text = repr(leaf)
    assert text.count("name=") < 2, f"show_names twice must be the same as once; the repr is {text}"
    for module, name in zip((leaf, parent), names, strict=True):
        assert module.name == name, (
            f"show_names must leave the name {name!r} as it is; now it is {module.name!r}"
        )
        text, want = repr(module), f"name={name}"
        found = [line.strip(" ,()") for line in text.replace("(", "\n").splitlines()]
        assert want in found, f"the repr must show {want}; it is\n{text}"
        assert type(module).__name__ in text, f"the repr must keep the class name; it is\n{text}"
        assert text.splitlines()[0].strip() in repr(model), (
            f"the repr of the whole model must show it, too; it is\n{model!r}"
        )


@SOME
@given(data=st.data(), others=bystanders())
def test_repr_of_that_instance_only(data: st.DataObject, others: list[nn.Module]) -> None:
    """Class and other instances keep their repr."""
    untouched = data.draw(parts(FUNCTIONS), label="never given to show_names")
    kind = type(untouched)
    classes = kind.__mro__[:-1]
    before = [dict(vars(each)) for each in classes]
    plain = repr(untouched)
    first, second = (data.draw(parts(st.just(kind)), label=f"module {n}") for n in (1, 2))
    state = list(first.state_dict())

    show_names(first)
    show_names(second)

    for module in (first, second):
        want = f"name={module.name}"
        found = repr(module).replace("(", "\n").replace(")", "\n").splitlines()
        assert want in found, f"each must show its own name, {want}; the repr is {module!r}"
    assert repr(untouched) == plain, (
        f"show_names(module) changed the repr of another instance of the class: {untouched!r}"
    )
    for each, names in zip(classes, before, strict=True):
        changed = [name for name in vars(each) if vars(each)[name] is not names.get(name)]
        assert not changed, f"show_names changed {changed} of class {each.__name__}"
    assert list(first.state_dict()) == state, "show_names must add nothing to the state_dict"
    x = torch.ones(1, dtype=torch.float64)
    assert torch.equal(first(x), untouched(x)), "show_names changed the forward"
    assert_others_untouched(show_names, others, first)


# -------------------------------------------------------------------------------- count_applied


@st.composite
def trees(draw: st.DrawFn, *, shared: bool) -> nn.Module:
    """A tree of real modules; where `shared`, a module may be in several places."""
    pool: list[nn.Module] = [
        draw(st.sampled_from([nn.Tanh, nn.Identity, lambda: nn.Linear(1, 1)]))()
        for _ in range(draw(st.integers(1, 3)))
    ]
    for _ in range(draw(st.integers(0, 3))):
        parent = nn.Module()
        for name in draw(st.lists(st.sampled_from("abc"), unique=True, max_size=3)):
            if not pool:
                break
            place = draw(st.integers(0, len(pool) - 1))
            child = pool[place] if shared else pool.pop(place)
            parent.add_module(name, child)
        if draw(st.booleans()):
            parent.register_module("nothing", None)  # a place that is kept free
        pool.append(parent)
    return pool[-1]


def parent_of(**children: nn.Module) -> nn.Module:
    """A module with these children."""
    parent = nn.Module()
    for name, child in children.items():
        parent.add_module(name, child)
    return parent


def deep(model: nn.Module) -> nn.Module:
    """A tree that has the model three levels below its root."""
    return parent_of(a=parent_of(b=parent_of(c=model)))


def twice(model: nn.Module) -> nn.Module:
    """A tree that has the model in two places, on two levels."""
    return parent_of(a=model, b=parent_of(c=model))


def assert_applied(model: nn.Module, when: str = "") -> None:
    """count_applied visits every module of the model once, and tells their names."""
    visited: list[nn.Module] = []

    names: object = count_applied(model, lambda module: visited.append(module) or module)

    where = dict(model.named_modules(remove_duplicate=False))
    named = {module: name for name, module in reversed(where.items())}
    assert all(module in named for module in visited), f"fn was called with {visited}"
    order = [named[module] for module in visited]
    called = f"{when}fn was called with {order}"
    about = f"the modules are {sorted(where)} ('' is the model itself); {called}"
    twice = sorted({name for name in order if order.count(name) > 1})
    assert not twice, f"{about}: {twice} more than once"
    missed = sorted(set(named.values()) - set(order))
    assert not missed, f"{about}: never with {missed}"
    for place, module in enumerate(visited):
        for child in module.children():
            assert visited.index(child) < place, (
                f"{about}: {named[child]!r} must come before its parent {named[module]!r}"
            )
    assert isinstance(names, list), f"count_applied must return a list; it returned {names!r}"
    assert len(names) == len(visited), (
        f"one name for each of the {len(visited)} modules visited; there are {names}"
    )
    for name, module in zip(names, visited, strict=True):
        assert where.get(name) is module, (
            f"the names must be qualified, in the order visited: {order}; yours are {names}"
        )


@given(model=trees(shared=False) | trees(shared=False).map(deep))
def test_children_come_before_parents(model: nn.Module) -> None:
    """fn sees every module once, children before parents; names tell."""
    assert_applied(model)
    assert_applied(model, "the second time, ")


@given(model=trees(shared=True) | trees(shared=True).map(twice))
def test_shared_modules_come_once(model: nn.Module) -> None:
    """A module in several places is visited once."""
    assert_applied(model)
