"""The steps of kata 01. Read the first red one, make it green, go on to the next."""

import copy
import math
import pickle
import re
from dataclasses import dataclass, replace

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from pytest_torchkata import assert_close
from pytest_torchkata.strategies import shapes, tensors

from .linear import MyLinear

SIZES = st.sampled_from([1, 2, 3, 4, 5, 40])
FLOATS = st.sampled_from([torch.float32, torch.float64, torch.bfloat16, torch.float16])
LEADING = shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)


@dataclass(frozen=True)
class Case:
    """What one call of a layer is given."""

    x: Tensor  # (..., in_features)
    weights: Tensor  # (in_features, out_features)
    bias: Tensor | None  # (out_features,), or None for a layer without bias


def values(dtype: torch.dtype, shape: tuple[int, ...]) -> st.SearchStrategy[Tensor]:
    """Tensors whose products are neither too large nor too small for any dtype."""
    return tensors(dtype=dtype, shape=shape, min_value=-8, max_value=8, allow_subnormal=False)


@st.composite
def cases(
    draw: st.DrawFn,
    *,
    leading: st.SearchStrategy[tuple[int, ...]] = LEADING,
    dtype: torch.dtype = torch.float32,
) -> Case:
    """Inputs and parameters, which shrink to what can be followed by hand."""
    fan_in, fan_out = draw(SIZES), draw(SIZES)
    x = draw(values(dtype, (*draw(leading), fan_in)))
    weights = draw(values(dtype, (fan_in, fan_out)))
    bias = draw(values(dtype, (fan_out,))) if draw(st.booleans()) else None
    return Case(x, weights, bias)


def layer_of(case: Case, device: str = "cpu") -> MyLinear:
    """A layer of the learner's with the parameters of `case`."""
    layer = MyLinear(*case.weights.shape, bias=case.bias is not None)
    layer = layer.to(device, case.weights.dtype)
    with torch.no_grad():
        layer.weights.copy_(case.weights)
        if case.bias is not None:
            assert layer.bias is not None, "the layer has no bias, though bias=True"
            layer.bias.copy_(case.bias)
    return layer


def assert_output(y: object, case: Case, why: str = "") -> None:
    """`y` is x @ weights + bias for `case`, as exact as its dtype allows."""
    formula = "x @ weights" if case.bias is None else "x @ weights + bias"
    wanted = why or f"y must be {formula}, as exact as {case.weights.dtype} allows"
    x, weights = case.x.double(), case.weights.double()
    bias = None if case.bias is None else case.bias.double()
    want = x @ weights
    size = x.abs() @ weights.abs()
    if bias is not None:
        want, size = want + bias, size + bias.abs()
    assert isinstance(y, Tensor), f"forward must return a tensor; it returned {y!r}"
    assert y.shape == want.shape, (
        f"x of shape {tuple(case.x.shape)} and weights of shape {tuple(weights.shape)} "
        f"give y of shape {tuple(want.shape)}; yours has {tuple(y.shape)}"
    )
    assert y.dtype == case.weights.dtype, (
        f"a layer in {case.weights.dtype} gives y in that dtype; yours is in {y.dtype}"
    )
    # The error bound of a sum of n products, in any order of summation.
    # Source: Higham, "Accuracy and Stability of Numerical Algorithms" (2002), section 3.1.
    # Products below the smallest normal number may become 0 or lose digits.
    terms, number = weights.shape[0] + 2, torch.finfo(y.dtype)
    finite = size[size.isfinite()]
    largest = finite.max().item() if finite.numel() else 0.0
    bound = 2 * terms * (number.eps * largest + number.tiny)
    assert_close(
        y.detach().double().cpu(),
        want.cpu(),
        rtol=0,
        atol=bound,
        equal_nan=True,
        msg=lambda text: f"{wanted}\n{text}",
    )


@given(fan_in=SIZES, fan_out=SIZES)
def test_weights_are_a_parameter(fan_in: int, fan_out: int) -> None:
    """weights is an nn.Parameter of shape (in_features, out_features)."""
    layer = MyLinear(in_features=fan_in, out_features=fan_out)

    assert isinstance(layer, nn.Module), "MyLinear must be an nn.Module"
    assert hasattr(layer, "weights"), "the layer has no attribute `weights`"
    assert isinstance(layer.weights, nn.Parameter), (
        f"weights must be an nn.Parameter, or no optimizer will find it; "
        f"it is a {type(layer.weights).__name__}"
    )
    assert tuple(layer.weights.shape) == (fan_in, fan_out), (
        f"MyLinear({fan_in}, {fan_out}) needs weights of shape {(fan_in, fan_out)}; "
        f"yours have {tuple(layer.weights.shape)}"
    )
    assert layer.weights.requires_grad, "weights must require a gradient"
    assert dict(layer.named_parameters()).get("weights") is layer.weights, (
        "weights is not among layer.named_parameters() under its name"
    )


@given(fan_in=SIZES, fan_out=SIZES, bias=st.booleans())
def test_bias_is_a_parameter_or_none(fan_in: int, fan_out: int, bias: bool) -> None:
    """bias is an nn.Parameter of shape (out_features,), or None."""
    layer = MyLinear(fan_in, fan_out, bias=bias)

    assert hasattr(layer, "bias"), "the layer has no attribute `bias` (None is one, too)"
    if bias:
        assert isinstance(layer.bias, nn.Parameter), (
            f"bias must be an nn.Parameter; it is a {type(layer.bias).__name__}"
        )
        assert tuple(layer.bias.shape) == (fan_out,), (
            f"MyLinear({fan_in}, {fan_out}) needs a bias of shape {(fan_out,)}; "
            f"yours has {tuple(layer.bias.shape)}"
        )
        assert layer.bias.requires_grad, "bias must require a gradient"
    else:
        assert layer.bias is None, f"with bias=False, bias must be None; it is {layer.bias!r}"
    assert MyLinear(fan_in, fan_out).bias is not None, (
        "bias must be on when the argument is left out"
    )
    wanted = {"weights", "bias"} if bias else {"weights"}
    parameters = {name for name, _ in layer.named_parameters(remove_duplicate=False)}
    assert parameters == wanted, (
        f"with bias={bias}, the parameters are {sorted(wanted)}; yours are {sorted(parameters)}"
    )
    buffers = [name for name, _ in layer.named_buffers()]
    assert not buffers, f"the layer needs no buffer; yours has {buffers}"


@given(fan_in=SIZES, fan_out=SIZES, bias=st.booleans())
def test_the_layer_tells_what_it_is(fan_in: int, fan_out: int, bias: bool) -> None:
    """in_features, out_features and repr tell what the layer is."""
    layer = MyLinear(fan_in, fan_out, bias)

    assert getattr(layer, "in_features", None) == fan_in, (
        f"in_features must be {fan_in}; it is {getattr(layer, 'in_features', 'missing')!r}"
    )
    assert getattr(layer, "out_features", None) == fan_out, (
        f"out_features must be {fan_out}; it is {getattr(layer, 'out_features', 'missing')!r}"
    )
    want = f"MyLinear(in_features={fan_in}, out_features={fan_out}, bias={bias})"
    assert repr(layer) == want, f"repr(layer) must be\n{want}\nyours is\n{layer!r}"


@given(fan_in=st.integers(-5, 3), fan_out=st.integers(-5, 3))
def test_sizes_below_one_are_refused(fan_in: int, fan_out: int) -> None:
    """A size below 1 raises ValueError, naming argument and value."""
    sizes = {"in_features": fan_in, "out_features": fan_out}
    bad = {name: size for name, size in sizes.items() if size < 1}
    assume(bad)
    call = f"MyLinear({fan_in}, {fan_out})"

    try:
        MyLinear(fan_in, fan_out)
    except ValueError as error:
        text = str(error)
    except NotImplementedError:
        raise
    except Exception as error:
        pytest.fail(f"{call} must raise ValueError; it raised {error!r}")
    else:
        pytest.fail(f"{call} must raise ValueError; it raised nothing")
    # Where both are bad, telling one of them is enough.
    told = {name: size for name, size in bad.items() if re.search(rf"\b{name}\b", text)}
    assert told, f"the message of {call} must name {' or '.join(bad)}; it is {text!r}"
    assert any(re.search(rf"(?<![\d-]){size}(?!\d)", text) for size in told.values()), (
        f"the message of {call} must tell the value {' or '.join(map(str, told.values()))}; "
        f"it is {text!r}"
    )


def new_layer(seed: int, litter: float) -> tuple[MyLinear, MyLinear, Tensor]:
    """Two layers made one after the other from `seed`, and what torch draws after them.

    `litter` lies around in memory: torch.empty is likely to find it.
    """
    torch.manual_seed(seed)
    blocks = [torch.full((16, 16), litter) for _ in range(8)]
    blocks += [torch.full((16,), litter) for _ in range(8)]
    del blocks
    return MyLinear(16, 16), MyLinear(16, 16), torch.rand(8)


@settings(max_examples=25)
@given(seed=st.integers(0, 2**31))
def test_weights_start_random(seed: int) -> None:
    """Weights start random, and the same torch seed repeats them."""
    first, second, after = new_layer(seed, litter=math.nan)
    again, _, after_again = new_layer(seed, litter=7.0)
    _, _, after_other = new_layer(seed + 1, litter=7.0)

    weights = first.weights.detach()
    assert weights.isfinite().all(), "some initial weights are not finite: are they never filled?"
    for dim, name in ((0, "rows"), (1, "columns")):
        assert len(torch.unique(weights, dim=dim)) == 16, (
            f"some {name} of the initial weights are alike: units that start alike stay alike"
        )
    assert not torch.equal(weights, second.weights), (
        "two new layers have the same weights: is there a fixed seed, or a shared tensor?"
    )
    assert torch.equal(weights, again.weights), (
        "after the same torch.manual_seed the weights differ: draw them from torch's generator"
    )
    assert first.bias is not None
    assert again.bias is not None
    assert torch.equal(first.bias, again.bias), (
        "after the same torch.manual_seed the bias differs: is it filled at all?"
    )
    assert torch.equal(after, after_again), (
        "after a new layer, torch no longer draws what its seed says: the layer must not seed it"
    )
    assert not torch.equal(after, after_other), (
        "after a new layer, torch draws the same numbers whatever its seed: the layer has set one"
    )


# Whatever this catches, a later step catches, too: it stays as the simplest call of forward.
@given(case=cases(leading=st.just(())))
def test_one_sample(case: Case, device: str) -> None:
    """For one sample, forward(x) is x @ weights + bias."""
    layer = layer_of(case, device)

    assert_output(layer(case.x.to(device)), case)


@given(case=cases())
def test_any_leading_dimensions(case: Case, device: str) -> None:
    """x may have any number of leading dimensions, empty ones too."""
    layer = layer_of(case, device)

    assert_output(layer(case.x.to(device)), case)
    assert_output(layer.eval()(case.x.to(device)), case, "after layer.eval() y must be the same")


@given(case=cases(leading=shapes(min_dims=2, max_dims=2, min_side=1, max_side=4)))
def test_any_memory_layout(case: Case, device: str) -> None:
    """x may lie in memory transposed, strided or expanded."""
    x, layer = case.x.to(device), layer_of(case, device)
    layouts = {
        "transposed": x.mT.contiguous().mT,
        "strided": torch.stack([x, x + 1], dim=-1).flatten(-2)[..., ::2],
        "with its first dimensions swapped": x.transpose(0, 1).contiguous().transpose(0, 1),
        "expanded": x[:1].expand(3, *x.shape[1:]),
    }

    for name, laid in layouts.items():
        why = f"x lies in memory {name}, its values are the same: y must be, too"
        assert_output(layer(laid), replace(case, x=laid.cpu()), why)


@given(dtype=FLOATS, seed=st.integers(0, 2**31), fan_in=SIZES, fan_out=SIZES)
def test_the_dtype_of_the_layer(
    dtype: torch.dtype, seed: int, fan_in: int, fan_out: int, device: str
) -> None:
    """y has the dtype of the layer, and its full precision."""
    random = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=random, dtype=torch.float64).to(dtype)

    case = Case(normal(3, fan_in), normal(fan_in, fan_out), normal(fan_out))
    layer = layer_of(case, device)

    assert_output(layer(case.x.to(device)), case)


@given(
    case=cases(leading=st.just((3,))),
    scale=st.sampled_from([1e-30, 1e-9, 1e9, 1e30]),
    special=st.sampled_from([math.nan, math.inf, -math.inf]),
    data=st.data(),
)
def test_huge_tiny_and_missing_values(
    case: Case, scale: float, special: float, data: st.DataObject, device: str
) -> None:
    """Huge and tiny values survive; NaN and inf stay in their sample."""
    case = Case(case.x * scale, case.weights, None if case.bias is None else case.bias * scale)
    layer = layer_of(case, device)

    assert_output(layer(case.x.to(device)), case)

    x = case.x.clone()
    x[1, data.draw(st.integers(0, x.shape[1] - 1), label="column of the special value")] = special
    assert_output(layer(x.to(device)), replace(case, x=x))


@given(case=cases(), dtype=FLOATS)
def test_nothing_given_is_changed(case: Case, dtype: torch.dtype, device: str) -> None:
    """forward changes neither x, nor parameters, nor earlier outputs."""
    bias = None if case.bias is None else case.bias.to(dtype)
    case = Case(case.x.to(dtype), case.weights.to(dtype), bias)
    layer = layer_of(case, device)
    x = case.x.to(device)
    given_x = x.clone()
    before = {name: tensor.clone() for name, tensor in layer.state_dict().items()}
    layer.weights.grad = torch.ones_like(layer.weights)
    layer.train(mode=case.bias is None)

    y = layer(x)
    first = y.detach().clone()
    layer(x + 1)

    assert x.shape == given_x.shape, f"forward changed the shape of x to {tuple(x.shape)}"
    assert_close(x, given_x, rtol=0, atol=0, msg=lambda text: f"forward changed x\n{text}")
    assert not x.requires_grad, "forward made x require a gradient: x is not yours to change"
    assert_close(
        y.detach(),
        first,
        rtol=0,
        atol=0,
        msg=lambda text: f"a second call changed the output of the first\n{text}",
    )
    assert layer.training == (case.bias is None), "forward switched between train() and eval()"
    assert layer.weights.grad is not None, "forward removed the gradient of weights"
    assert layer.weights.grad.eq(1).all(), "forward changed the gradient of weights"
    assert layer.weights.requires_grad, "forward froze the weights"
    for name, tensor in layer.state_dict().items():
        assert_close(
            tensor,
            before[name],
            rtol=0,
            atol=0,
            msg=lambda text, name=name: f"forward changed {name}\n{text}",
        )


@given(case=cases(dtype=torch.float64), data=st.data())
def test_gradients(case: Case, data: st.DataObject, device: str) -> None:
    """The gradients of x, weights and bias are right."""
    layer = layer_of(case, device)
    x = case.x.to(device).requires_grad_()
    y = layer(x)
    upstream = data.draw(values(torch.float64, tuple(y.shape)), label="gradient of y")
    assert y.requires_grad, "y has no gradient: something in forward cuts the graph"

    # A clone for each pass: a gradient may share the memory of what it came from.
    y.backward(upstream.to(device).clone())

    rows = case.x.reshape(-1, case.x.shape[-1])
    up = upstream.reshape(-1, upstream.shape[-1])
    wanted = {"x": upstream @ case.weights.mT, "weights": rows.mT @ up}
    leaves = {"x": x, "weights": layer.weights}
    if case.bias is not None:
        wanted["bias"], leaves["bias"] = up.sum(0), layer.bias
    if not x.numel() and x.grad is None:
        del leaves["x"]  # an empty x has no element that a gradient could reach
    for name, leaf in leaves.items():
        assert leaf.grad is not None, f"no gradient reaches {name}: something cuts the graph"
        assert_close(
            leaf.grad.cpu(),
            wanted[name],
            rtol=1e-9,
            atol=1e-9,
            msg=lambda text, name=name: f"the gradient of {name} is wrong\n{text}",
        )

    layer(x).backward(upstream.to(device).clone())

    for name, leaf in leaves.items():
        assert_close(
            leaf.grad.cpu(),
            2 * wanted[name],
            rtol=1e-9,
            atol=1e-9,
            msg=lambda text, name=name: (
                f"a second backward pass must add to the gradient of {name}\n{text}"
            ),
        )


@given(case=cases(leading=st.just((2,))), factor=st.sampled_from([2.0, -1.0, 0.0]))
def test_parameters_are_read_in_every_call(case: Case, factor: float, device: str) -> None:
    """A parameter that changes, changes the next output."""
    layer = layer_of(case, device)
    x = case.x.to(device, copy=True)
    layer(x)

    with torch.no_grad():
        layer.weights.mul_(factor)
        if layer.bias is not None:
            layer.bias.add_(1)
    changed = Case(case.x, case.weights * factor, None if case.bias is None else case.bias + 1)
    assert_output(layer(x), changed, "weights and bias changed in place: the output must follow")

    layer.weights = nn.Parameter(case.weights.to(device))
    why = "weights is another Parameter now: the output must follow"
    assert_output(layer(x), replace(changed, weights=case.weights), why)

    layer.weights.data.mul_(factor)  # past autograd, which counts no change here
    assert_output(layer(x), changed, "weights.data changed in place: the output must follow")

    with torch.no_grad():
        x.add_(1)  # the same tensor, with other values
    why = "x has other values now: the output must follow"
    assert_output(layer(x), Case(case.x + 1, changed.weights, changed.bias), why)


@given(case=cases(leading=st.just((2,))))
def test_copies_compute_the_same(case: Case, device: str) -> None:
    """Copies, pickles and loaded states agree, and share nothing."""
    layer = layer_of(case, device)
    loaded = MyLinear(*case.weights.shape, bias=case.bias is not None).to(device)
    loaded.load_state_dict(layer.state_dict())
    copies = {
        "copy.deepcopy": copy.deepcopy(layer),
        "pickle": pickle.loads(pickle.dumps(layer)),
        "load_state_dict": loaded,
    }
    with torch.no_grad():  # a copy that shares anything would follow
        for parameter in layer.parameters():
            parameter.fill_(99)

    for way, made in copies.items():
        assert isinstance(made, MyLinear), f"{way} gave a {type(made).__name__}"
        assert repr(made) == repr(layer), f"{way} gave {made!r} from {layer!r}"
        why = f"{way}: the parameters of the original changed, those of the copy must not"
        assert_output(made(case.x.to(device)), case, why)


@settings(max_examples=25)
@given(case=cases(leading=shapes(min_dims=1, max_dims=2, min_side=1, max_side=3)))
def test_the_device_of_the_layer(case: Case) -> None:
    """layer.to(device) moves everything that the layer computes with."""
    # The meta device has shapes but no values: it stands in for an accelerator on any machine.
    layer = layer_of(case)
    layer(case.x)
    layer = layer.to("meta")

    try:
        y = layer(case.x.to("meta"))
    except NotImplementedError as error:  # what torch raises where values are needed
        if "meta" not in str(error):
            raise
        pytest.fail("after layer.to(device), forward still computes on the CPU: it asks for values")

    assert y.device.type == "meta", f"on {layer.weights.device}, y is on {y.device}"
    assert y.shape == (*case.x.shape[:-1], case.weights.shape[1])
