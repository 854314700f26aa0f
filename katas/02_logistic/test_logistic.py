"""The steps of kata 02. Read the first red one, make it green, go on to the next."""

import math
import re
import warnings
from collections.abc import Callable
from typing import NamedTuple

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from pytest_torchkata import assert_close
from pytest_torchkata.strategies import layouts, shapes, tensors

from .logistic import LogisticRegression, loss, sigmoid

DIMS = st.sampled_from([1, 2, 3, 4, 17])
SAMPLES = st.sampled_from([1, 2, 3, 4, 5, 40])
VALUES = st.integers(1, 4) | st.floats(-8, 8, width=16)  # 1 is the simplest: 0 hides mistakes
HUGE = st.sampled_from([1e3, -1e3, 1e9, -1e9, 1e38, -1e38, math.inf, -math.inf, math.nan, 0.0])
DTYPES = st.sampled_from([torch.float32, torch.float64])
PLAIN = shapes(min_dims=1, max_dims=2, min_side=1, max_side=3)
PLANE = layouts("contiguous", "transposed", "sliced", "offset", "expanded")
RATES = st.sampled_from([0.5, 0.125, 2.0, 0.01])


class Case(NamedTuple):
    """A model's w and b, a batch, and predictions for it that need not be the model's."""

    w: Tensor  # (dim, 1)
    b: Tensor  # ()
    x: Tensor  # (dim, m)
    yhat: Tensor  # (1, m), in [0, 1]
    y: Tensor  # (1, m), each 0 or 1


@st.composite
def batches(
    draw: st.DrawFn,
    *,
    dtype: torch.dtype = torch.float32,
    samples: st.SearchStrategy[int] = SAMPLES,
) -> tuple[Tensor, Tensor]:
    """Predictions and classes, both (1, m)."""
    m = draw(samples)
    yhat = draw(tensors(dtype=dtype, shape=(1, m), elements=st.integers(1, 15).map(_sixteenths)))
    y = draw(tensors(dtype=dtype, shape=(1, m), elements=st.sampled_from([0.0, 1.0])))
    return yhat, y


def _sixteenths(count: int) -> float:
    return count / 16


@st.composite
def cases(draw: st.DrawFn, *, dtypes: st.SearchStrategy[torch.dtype] = DTYPES) -> Case:
    """Models and batches, small enough to follow by hand."""
    dtype, dim = draw(dtypes), draw(DIMS)
    # As many samples as features, often: then x can be transposed unnoticed.
    yhat, y = draw(batches(dtype=dtype, samples=st.just(dim) | SAMPLES))
    x = draw(tensors(dtype=dtype, shape=(dim, y.shape[1]), elements=VALUES, layout=PLANE))
    w = draw(tensors(dtype=dtype, shape=(dim, 1), elements=VALUES))
    b = draw(tensors(dtype=dtype, shape=(), elements=VALUES))
    return Case(w, b, x, yhat, y)


# As many samples as features: an x that is transposed by mistake still fits.
SQUARE = Case(
    w=torch.tensor([[1.0], [2.0]]),
    b=torch.tensor(0.0),
    x=torch.tensor([[1.0, -2.0], [0.0, 1.0]]),
    yhat=torch.tensor([[0.5, 0.25]]),
    y=torch.tensor([[0.0, 1.0]]),
)


@st.composite
def steep_cases(draw: st.DrawFn) -> Case:
    """Models whose predictions come close to 0 and 1, or reach them."""
    dtype = draw(DTYPES)
    far = [-1000.0, 1000.0, -20.0, 20.0, math.ceil(_lowest(dtype)) + 8.0]
    yhat, y = draw(batches(dtype=dtype, samples=st.integers(1, 3)))
    x = draw(tensors(dtype=dtype, shape=y.shape, elements=st.sampled_from(far)))
    return Case(torch.ones(1, 1, dtype=dtype), torch.zeros((), dtype=dtype), x, yhat, y)


def model_of(case: Case, device: torch.device, lr: float = 0.01) -> LogisticRegression:
    """A model of the learner's with the w and b of `case`."""
    model = LogisticRegression(case.w.shape[0], lr)
    model = model.to(device, case.w.dtype)
    with torch.no_grad():
        model.w.copy_(case.w)
        model.b.copy_(case.b)
    return model


def on(device: torch.device, *parts: Tensor) -> tuple[Tensor, ...]:
    """The tensors on `device`: themselves where they are there, so that layouts stay."""
    return tuple(part.to(device) for part in parts)


def _lowest(dtype: torch.dtype) -> float:
    """The z whose sigmoid is the smallest positive number of `dtype`."""
    return math.log(torch.finfo(dtype).tiny) + math.log(torch.finfo(dtype).eps)


def _sigmoid(z: Tensor) -> Tensor:
    """The reference, in float64."""
    z = z.detach().cpu().double()
    return torch.exp(z.clamp(max=0)) / (1 + torch.exp(-z.abs()))


def _loss(yhat: Tensor, y: Tensor) -> Tensor:
    """The reference, in float64, for classes 0 and 1."""
    yhat, y = yhat.detach().cpu().double(), y.cpu()
    return torch.where(y == 1, yhat.log(), (-yhat).log1p()).clamp(min=-100).mean().abs()


def _gradients(case: Case) -> dict[str, Tensor]:
    """The reference, in float64."""
    error = case.yhat.double() - case.y.double()
    return {"dw": (case.x.double() * error).mean(1, keepdim=True), "db": error.mean()}


def assert_tensor(value: object, like: Tensor, shape: tuple[int, ...], what: str) -> Tensor:
    """`value` is a tensor of `shape`, of the dtype and on the device of `like`."""
    assert isinstance(value, Tensor), f"{what} must be a tensor; yours is {value!r}"
    assert tuple(value.shape) == shape, (
        f"{what} must have shape {shape}; yours has {tuple(value.shape)}"
    )
    assert value.dtype == like.dtype, (
        f"{what} must be {like.dtype}, as what it is computed from; yours is {value.dtype}"
    )
    assert value.device == like.device, (
        f"{what} must be on {like.device}, as what it is computed from; yours is on {value.device}"
    )
    return value.detach().cpu().double()


def assert_sigmoid(value: object, z: Tensor) -> None:
    """`value` is sigmoid(z), as exact as the dtype of z allows."""
    got = assert_tensor(value, z, tuple(z.shape), "sigmoid(z)")
    assert_probabilities(got, z.cpu(), z.dtype)


def assert_probabilities(
    got: Tensor, z: Tensor, dtype: torch.dtype, *, more: float = 0.0, what: str = "sigmoid"
) -> None:
    """`got` is sigmoid(z), up to what rounding in `dtype` explains in any stable form of it.

    exp(-softplus(-z)) is such a form. Its exponent, up to -log(eps), is rounded before exp;
    and torch's softplus leaves the term log(1 + exp(z)) out below z = -20.
    """
    want, info = _sigmoid(z), torch.finfo(dtype)
    rtol, atol = (8 - math.log(info.eps)) * info.eps + more, 4 * info.tiny * info.eps
    left_out = torch.where(z < -20, 2 * want, 0)
    off = ~((got - want).abs() <= atol + (rtol + left_out) * want) & ~(got.isnan() & want.isnan())

    def explained(text: str) -> str:
        at, is_, must = (part[off][0].item() for part in (z, got, want))
        yours, right = _told_apart(is_, must)
        head = f"{what}({at:g}) must be {right} in {dtype}; yours is {yours}"
        if abs(at) > math.log(info.max) and math.isfinite(at) and (is_ == 0 or math.isnan(is_)):
            head += f"\n(exp({abs(at):g}) is infinite in {dtype}: find a form that never needs it)"
        return f"{head}\n{text}"

    shown = torch.where(off, got, want)
    assert_close(shown, want, rtol=rtol, atol=atol, equal_nan=True, msg=explained)


def _told_apart(first: float, second: float) -> tuple[str, str]:
    """Both numbers, with as many digits as it takes to see that they differ."""
    for digits in (4, 9, 17):
        texts = f"{first:.{digits}g}", f"{second:.{digits}g}"
        if texts[0] != texts[1]:
            break
    return texts


@given(z=tensors(dtype=DTYPES, shape=PLAIN, elements=VALUES))
def test_sigmoid_follows_its_formula(z: Tensor, device: torch.device) -> None:
    """sigmoid(z) is 1 / (1 + exp(-z)), elementwise."""
    z = z.to(device)

    assert_sigmoid(sigmoid(z.clone()), z)


@given(z=tensors(dtype=DTYPES, shape=PLAIN, elements=HUGE))
def test_sigmoid_of_huge_numbers(z: Tensor, device: torch.device) -> None:
    """Huge and infinite z give 0 or 1, without a warning; NaN stays NaN."""
    z = z.to(device)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        got = sigmoid(z.clone())

    assert not caught, f"sigmoid must not warn; yours said: {caught[0].message}"
    assert_sigmoid(got, z)


@given(data=st.data(), dtype=DTYPES)
def test_sigmoid_of_very_negative_numbers(
    data: st.DataObject, dtype: torch.dtype, device: torch.device
) -> None:
    """However small sigmoid(z) is, its leading digits are right."""
    # Below -log(max), exp(-z) overflows, while sigmoid(z) is a number still.
    overflow = -math.ceil(math.log(torch.finfo(dtype).max))
    lowest = overflow if device.type == "mps" else math.ceil(_lowest(dtype))  # no subnormals there
    values = st.integers(overflow, -1) | st.integers(lowest, overflow)
    z = data.draw(tensors(dtype=dtype, shape=PLAIN, elements=values), label="z").to(device)

    assert_sigmoid(sigmoid(z.clone()), z)


@given(
    z=tensors(
        dtype=st.sampled_from([torch.float32, torch.float16, torch.bfloat16, torch.float64]),
        shape=shapes(min_dims=0, max_dims=4, min_side=0, max_side=3),
        elements=VALUES,
        layout=layouts(),
    )
)
def test_sigmoid_keeps_dtype_and_shape(z: Tensor, device: torch.device) -> None:
    """sigmoid works in any floating dtype, shape and memory layout."""
    z = z.to(device)
    before = z.clone()  # sigmoid is given z itself: a clone has another layout

    assert_sigmoid(sigmoid(z), before)

    pairs = torch.stack([before, before]).movedim(0, -1)  # column by column in memory
    assert_sigmoid(sigmoid(pairs), pairs.clone())


def assert_loss(value: object, yhat: Tensor, y: Tensor) -> None:
    """`value` is the loss of `yhat`, as exact as its dtype allows."""
    got = assert_tensor(value, yhat, (), "loss(yhat, y)")
    want = _loss(yhat, y)
    yours, right = _told_apart(got.item(), want.item())
    head = f"the loss must be {right}; yours is {yours}"
    assert not got.isnan(), f"{head} (0 times infinity is NaN: clamp before you multiply)"
    # 1 - yhat and the logarithm are rounded, each to half an eps or so; then comes the mean.
    bound = 16 * torch.finfo(yhat.dtype).eps
    assert_close(got, want, rtol=bound, atol=bound, msg=lambda text: f"{head}\n{text}")


@given(batch=DTYPES.flatmap(lambda dtype: batches(dtype=dtype)))
def test_loss_is_the_mean_over_samples(batch: tuple[Tensor, Tensor], device: torch.device) -> None:
    """The loss is -log of the probability of the true class, averaged."""
    yhat, y = on(device, *batch)

    assert_loss(loss(yhat.clone(), y.clone()), yhat, y)


@given(data=st.data(), dtype=DTYPES)
def test_loss_is_finite_at_zero_and_one(
    data: st.DataObject, dtype: torch.dtype, device: torch.device
) -> None:
    """For yhat of 0 or 1, and close to them, logarithms end at -100."""
    info = torch.finfo(dtype)
    certain = [0.0, 1.0, 0.5, 1 - info.eps, info.eps, 1e-30, 1e-36]
    if device.type != "mps":  # which has no subnormal numbers
        certain.append(info.tiny / 2**20)  # its logarithm is below -100
    m = data.draw(st.integers(1, 4), label="m")
    classes = tensors(dtype=dtype, shape=(1, m), elements=st.sampled_from([0.0, 1.0]))
    chances = tensors(dtype=dtype, shape=(1, m), elements=st.sampled_from(certain))
    yhat, y = on(device, data.draw(chances, label="yhat"), data.draw(classes, label="y"))

    assert_loss(loss(yhat.clone(), y.clone()), yhat, y)


def assert_buffers(model: LogisticRegression, dim: int) -> None:
    """w and b are buffers of the right shapes, and nothing is a parameter."""
    buffers = dict(model.named_buffers())
    for name, shape in {"w": (dim, 1), "b": ()}.items():
        assert hasattr(model, name), f"the model has no attribute `{name}`"
        value = getattr(model, name)
        assert not isinstance(value, nn.Parameter), (
            f"{name} must be a buffer: nothing but optimize() may change it; it is an nn.Parameter"
        )
        assert isinstance(value, Tensor), f"{name} must be a tensor; it is {value!r}"
        assert buffers.get(name) is value, (
            f"{name} must be a buffer; model.named_buffers() does not have this {name}"
        )
        assert tuple(value.shape) == shape, (
            f"for {dim} features, {name} has shape {shape}; yours has {tuple(value.shape)}"
        )
        assert value.is_floating_point(), f"{name} must be floating point; it is {value.dtype}"
    parameters = [name for name, _ in model.named_parameters()]
    assert not parameters, f"the model needs no nn.Parameter; yours has {parameters}"


def assert_grads(model: LogisticRegression) -> dict[str, Tensor]:
    """`grads` is a dict with tensors of the right shapes."""
    grads = getattr(model, "grads", None)
    assert isinstance(grads, dict), f"grads must be a dict; it is {grads!r}"
    for name, shape in {"dw": tuple(model.w.shape), "db": ()}.items():
        assert name in grads, f"grads must have the key {name!r}; it has {list(grads)}"
        assert isinstance(grads[name], Tensor), (
            f"grads[{name!r}] must be a tensor; it is {grads[name]!r}"
        )
        assert tuple(grads[name].shape) == shape, (
            f"grads[{name!r}] must have shape {shape}; yours has {tuple(grads[name].shape)}"
        )
    return grads


@given(dim=DIMS, lr=RATES)
def test_a_new_model_starts_at_zero(dim: int, lr: float) -> None:
    """w and b are buffers of zeros; grads has tensors of their shapes."""
    torch.rand(3)  # so that a seed that is set shows, whichever it is
    random = torch.get_rng_state()
    model, other = LogisticRegression(dim, lr), LogisticRegression(dim=dim)

    assert isinstance(model, nn.Module), "LogisticRegression must be an nn.Module"
    assert_buffers(model, dim)
    for name in ("w", "b"):
        value = getattr(model, name)
        assert not value.any(), f"{name} must start at zero; it is {value}"
    assert_grads(model)
    assert torch.equal(torch.get_rng_state(), random), "zeros need no random numbers, nor a seed"
    for each, given_lr, call in (
        (model, lr, f"LogisticRegression({dim}, {lr})"),
        (other, 0.01, f"LogisticRegression({dim})"),
    ):
        assert hasattr(each, "lr"), "the model has no attribute `lr`"
        assert math.isclose(float(each.lr), given_lr, rel_tol=1e-6), (
            f"lr of {call} must be {given_lr}; it is {each.lr!r}"
        )
    with torch.no_grad():
        other.w.fill_(1)
        other.b.fill_(1)
    assert not model.w.any(), "two models share their w: a change of one changes the other"
    assert not model.b.any(), "two models share their b: a change of one changes the other"


def assert_prediction(value: object, case: Case, like: Tensor) -> None:
    """`value` is sigmoid(w^T x + b) for `case`, as exact as its dtype allows."""
    dim, m = case.x.shape
    got = assert_tensor(value, like, (1, m), f"for x of shape {(dim, m)}, the prediction")
    w, b, x = case.w.double(), case.b.double(), case.x.double()
    z = w.T @ x + b
    # The error bound of a sum of dim + 1 terms: Higham, "Accuracy and Stability of Numerical
    # Algorithms" (2002), section 3.1. An error of z is a relative error of sigmoid(z).
    size = (w.abs().T @ x.abs() + b.abs()).max().item()
    more = math.expm1(2 * (dim + 2) * torch.finfo(case.x.dtype).eps * size)
    what = "forward must give sigmoid(w^T x + b): sigmoid"
    assert_probabilities(got, z, case.x.dtype, more=more, what=what)


@given(case=cases() | steep_cases() | st.just(SQUARE), training=st.booleans())
def test_forward_predicts_every_column(case: Case, training: bool, device: torch.device) -> None:
    """The prediction for every column of x is sigmoid(w^T x + b)."""
    model = model_of(case, device).train(training)
    (x,) = on(device, case.x)

    assert_prediction(model(x), case, x)

    fresh = LogisticRegression(case.w.shape[0]).to(device)(x.float())
    assert isinstance(fresh, Tensor), f"forward must return a tensor; it returned {fresh!r}"
    assert (fresh == 0.5).all(), f"a new model predicts 1/2 for every sample; yours says {fresh}"

    with torch.no_grad():  # w and b are read in every call
        model.w.neg_()
        model.b.add_(1)
    assert_prediction(model(x), case._replace(w=-case.w, b=case.b + 1), x)


def assert_gradients(model: LogisticRegression, case: Case, like: Tensor, when: str) -> None:
    """The model's grads are those of `case`, as exact as its dtype allows."""
    want = _gradients(case)
    grads = assert_grads(model)
    dim, m = case.x.shape
    # A sum of m products, each of at most `size`.
    size = max(1.0, case.x.abs().max().item())
    bound = 2 * (m + 4) * torch.finfo(case.x.dtype).eps * size
    rules = {"dw": "x (yhat - y)^T / m", "db": "mean(yhat - y)"}
    for name, shape in {"dw": (dim, 1), "db": ()}.items():
        head = f"{when}, grads[{name!r}] must be {rules[name]}"
        got = assert_tensor(grads[name], like, shape, f"{when}, grads[{name!r}]")
        assert_close(
            got,
            want[name],
            rtol=0,
            atol=bound,
            msg=lambda text, head=head: f"{head}\n{text}",
        )


@settings(max_examples=50)
@given(case=cases())
def test_backward_stores_the_gradient(case: Case, device: torch.device) -> None:
    """dw is x (yhat - y)^T / m, db is mean(yhat - y)."""
    model = model_of(case, device)
    x, yhat, y = on(device, case.x, case.yhat, case.y)

    returned = model.backward(x, yhat, y)  # type: ignore[func-returns-value]  # that is the test

    assert returned is None, f"backward must return None; it returned {returned!r}"
    assert_gradients(model, case, x, "after backward")


@settings(max_examples=30)
@given(first=cases(dtypes=st.just(torch.float64)), data=st.data())
def test_backward_starts_afresh(first: Case, data: st.DataObject, device: torch.device) -> None:
    """backward forgets the last gradient, and uses what it is given."""
    yhat, y = data.draw(batches(dtype=torch.float64), label="second yhat and y")
    x = data.draw(
        tensors(dtype=torch.float64, shape=(first.x.shape[0], y.shape[1]), elements=VALUES),
        label="second x",
    )
    second = first._replace(x=x, yhat=yhat, y=y)
    model, other = model_of(first, device), model_of(first, device)

    other.backward(*on(device, second.x, second.yhat, second.y))
    for case, when in (
        (first, "after one backward"),
        (first, "after backward with the same arguments again"),
        (second, "after backward with another batch"),
    ):
        model(on(device, first.x)[0] + 1)  # what forward saw last does not matter
        model.backward(*on(device, case.x, case.yhat, case.y))
        assert_gradients(model, case, model.w, when)
    model.backward(*on(device, first.x, first.yhat, first.y))
    assert_gradients(other, second, other.w, "after another model's backward")


def stepped(w: Tensor, b: Tensor, gradients: dict[str, Tensor], lr: float) -> dict[str, Tensor]:
    """The reference for one step, in float64."""
    return {
        "w": w.double() - lr * gradients["dw"],
        "b": b.double() - lr * gradients["db"],
    }


@settings(max_examples=50)
@given(case=cases(), lr=RATES, training=st.booleans())
def test_optimize_takes_one_step(
    case: Case, lr: float, training: bool, device: torch.device
) -> None:
    """optimize() moves w and b by -lr times their gradient."""
    model = model_of(case, device, lr).train(training)
    x, yhat, y = on(device, case.x, case.yhat, case.y)
    model.backward(x, yhat, y)

    model.optimize()

    assert_buffers(model, case.x.shape[0])
    want = stepped(case.w, case.b, _gradients(case), lr)
    m = case.x.shape[1]
    bound = 4 * (m + 4) * torch.finfo(case.x.dtype).eps * 8 * max(1.0, lr)
    for name, start in (("w", case.w), ("b", case.b)):
        what = f"after optimize() with lr = {lr}, {name}"
        rule = f"{what} must be {name} - lr d{name}"
        got = assert_tensor(getattr(model, name), x, tuple(start.shape), what)
        assert_close(
            got,
            want[name],
            rtol=0,
            atol=bound,
            msg=lambda text, rule=rule: f"{rule}\n{text}",
        )


@settings(max_examples=20)
@given(case=cases(dtypes=st.just(torch.float32)), lr=RATES)
def test_w_and_b_travel_with_the_model(case: Case, lr: float, device: torch.device) -> None:
    """model.to(...) moves w and b, and state_dict() holds them."""
    model = model_of(case, device, lr)
    x, yhat, y = on(device, case.x, case.yhat, case.y)
    model(x)
    model.backward(x, yhat, y)
    model.optimize()

    state = model.state_dict()
    for name in ("w", "b"):
        assert name in state, f"state_dict() must hold {name!r}; yours holds {list(state)}"
    loaded = LogisticRegression(case.x.shape[0], lr).to(device)
    loaded.load_state_dict({name: value.clone() for name, value in state.items()})
    for name in ("w", "b"):
        assert_close(
            getattr(loaded, name),
            getattr(model, name),
            rtol=0,
            atol=0,
            msg=lambda text, name=name: f"a model that loads the state has another {name}\n{text}",
        )

    if device.type != "mps":  # which has no float64
        model = model.double()
        for name in ("w", "b"):
            dtype = getattr(model, name).dtype
            assert dtype == torch.float64, f"after model.double(), {name} is still {dtype}"
        in_double = [part.double() for part in (x, yhat, y)]
        model.backward(*in_double)
        assert_gradients(
            model, case._replace(x=case.x.double()), in_double[0], "after model.double()"
        )

    _assert_computes_elsewhere(model.float(), case)


def _assert_computes_elsewhere(model: LogisticRegression, case: Case) -> None:
    """The model computes where it is moved to, with nothing left behind."""
    # The meta device has shapes but no values: it stands in for an accelerator on any machine.
    model = model.to("meta")
    for name in ("w", "b"):
        place = getattr(model, name).device
        assert place.type == "meta", f"after model.to('meta'), {name} is still on {place}"
    x, yhat, y = on(torch.device("meta"), case.x, case.yhat, case.y)
    calls: tuple[tuple[str, Callable[[], object]], ...] = (
        ("model(x)", lambda: model(x)),
        ("loss(yhat, y)", lambda: loss(yhat, y)),
        ("backward", lambda: model.backward(x, yhat, y)),
        ("optimize()", lambda: model.optimize()),
    )
    for name, call in calls:
        try:
            value = call()
        except Exception as error:
            # Code that looks at values cannot run on meta, and may all the same be right.
            if not re.search("(same|expected) device|device type", str(error)):
                return
            raise AssertionError(
                f"{name} computes with something that model.to(...) left behind: {error}"
            ) from None
        if isinstance(value, Tensor):
            place = value.device
            assert place.type == "meta", f"on meta, the result of {name} is on {place}"


@settings(max_examples=50)
@given(case=cases())
def test_nothing_given_is_changed(case: Case, device: torch.device) -> None:
    """No call changes its arguments; only optimize() changes w and b."""
    model = model_of(case, device)
    # contiguous() as well: a change in place must be possible, or torch refuses it by itself.
    x, yhat, y = (part.to(device, copy=True).contiguous() for part in (case.x, case.yhat, case.y))
    calls: dict[str, Callable[[], object]] = {
        "sigmoid(x)": lambda: sigmoid(x),
        "loss(yhat, y)": lambda: loss(yhat, y),
        "model(x)": lambda: model(x),
        "model.backward(x, yhat, y)": lambda: model.backward(x, yhat, y),
    }
    for call, run in calls.items():
        run()

        for name, now, before in (
            ("x", x, case.x),
            ("yhat", yhat, case.yhat),
            ("y", y, case.y),
            ("w", model.w, case.w),
            ("b", model.b, case.b),
        ):
            assert now.shape == before.shape, f"{call} changed the shape of {name}"
            assert_close(
                now.detach().cpu(),
                before,
                rtol=0,
                atol=0,
                msg=lambda text, call=call, name=name: f"{call} changed {name}\n{text}",
            )
            assert not now.requires_grad, f"{call} made {name} require a gradient"


class Refused(NamedTuple):
    """A call that must raise ValueError."""

    text: str
    call: Callable[[], object]
    told: tuple[int, ...]  # numbers that the message must tell

    def __repr__(self) -> str:
        return self.text


@st.composite
def bad_calls(draw: st.DrawFn) -> Refused:
    """Calls with sizes that do not fit."""
    kind = draw(st.sampled_from(["dim", "rows", "rows back", "shapes", "shapes back", "empty"]))
    dim, m = draw(st.integers(1, 4)), draw(st.integers(2, 5))
    if kind == "dim":
        bad = draw(st.integers(-5, 0))
        return Refused(f"LogisticRegression({bad})", lambda: LogisticRegression(bad), (bad,))
    model = f"LogisticRegression({dim})"
    if kind.startswith("rows"):
        rows = draw(st.integers(1, 6).filter(lambda rows: rows != dim))
        x = torch.ones(rows, m)
        if kind == "rows":
            text = f"{model}(x) for x of shape {(rows, m)}"
            return Refused(text, lambda: LogisticRegression(dim)(x), (rows,))
        text = f"{model}.backward(x, yhat, y) for x of shape {(rows, m)}"
        row = torch.ones(1, m)
        return Refused(text, lambda: LogisticRegression(dim).backward(x, row, row), (rows,))
    if kind.startswith("shapes"):
        # Shapes that torch would broadcast, and one that it would not.
        others = [(m,), (m, 1), (1, 1), (1, m + 1), (2, m)]
        pair = [(1, m), draw(st.sampled_from(others))]
        first, second = draw(st.permutations(pair))
        yhat, y = torch.full(first, 0.5), torch.ones(second)
        told = tuple({size for size in (*first, *second) if size > 1})
        if second == (2, m) or first == (2, m):
            told = (2,)  # the m is the same in both
        text = f"(x, yhat, y) for yhat of shape {first} and y of shape {second}"
        if kind == "shapes":
            return Refused(f"loss{text.replace('x, ', '')}", lambda: loss(yhat, y), told)
        x = torch.ones(dim, m)
        text = f"{model}.backward{text}"
        return Refused(text, lambda: LogisticRegression(dim).backward(x, yhat, y), told)
    x, row = torch.ones(dim, 0), torch.ones(1, 0)
    return draw(
        st.sampled_from(
            [
                Refused(
                    f"{model}(x) for x of shape {(dim, 0)}", lambda: LogisticRegression(dim)(x), ()
                ),
                Refused(
                    f"{model}.backward(x, yhat, y) for an empty batch, m = 0",
                    lambda: LogisticRegression(dim).backward(x, row, row),
                    (),
                ),
                Refused("loss(yhat, y) for an empty batch, m = 0", lambda: loss(row, row), ()),
            ]
        )
    )


@given(bad=bad_calls())
def test_what_does_not_fit_is_refused(bad: Refused) -> None:
    """Sizes that do not fit raise ValueError, which tells them."""
    try:
        value = bad.call()
    except ValueError as error:
        message = str(error)
    except NotImplementedError:
        raise
    except Exception as error:
        raise AssertionError(f"{bad.text} must raise ValueError; it raised {error!r}") from None
    else:
        raise AssertionError(f"{bad.text} must raise ValueError; it returned {value!r}")
    for number in bad.told:
        assert re.search(rf"(?<![\d-]){number}(?!\d)", message), (
            f"the message of {bad.text} must tell the {number} that was given; it is {message!r}"
        )


@st.composite
def separable(draw: st.DrawFn) -> tuple[Tensor, Tensor]:
    """Samples (dim, m) and their classes (1, m), with a plane between the classes."""
    dim, m = draw(st.integers(1, 4)), draw(st.integers(1, 8))
    whole = st.integers(-4, 4)
    x = draw(tensors(dtype=torch.float64, shape=(dim, m), elements=whole))
    normal = draw(tensors(dtype=torch.float64, shape=(dim, 1), elements=whole))
    return x, (normal.T @ x + 0.5 > 0).double()  # whole numbers: never on the plane itself


@settings(max_examples=30)
@given(samples=separable())
def test_training_lowers_the_loss(samples: tuple[Tensor, Tensor], device: torch.device) -> None:
    """Every full-batch step lowers the loss, where a plane divides."""
    dtype = torch.float32 if device.type == "mps" else torch.float64
    x, y = (part.to(device, dtype) for part in samples)
    dim = x.shape[0]
    # The loss bends by at most the mean of |x|^2 + 1, over 4: such a step cannot overshoot.
    lr = 1 / (samples[0].square().sum(0).max().item() + 1)
    model = LogisticRegression(dim, lr).to(device, dtype)
    w, b = torch.zeros(dim, 1, dtype=torch.float64), torch.zeros((), dtype=torch.float64)
    before = math.log(2)  # sigmoid(0) is 1/2 for every sample

    for step in range(1, 11):
        model.backward(x, model(x), y)
        model.optimize()

        z = model.w.cpu().double().T @ samples[0] + model.b.cpu().double()
        now = _loss(_sigmoid(z), samples[1]).item()
        assert now < before, (
            f"step {step} with lr = {lr:.3g} must lower the loss; "
            f"it went from {before:.7g} to {now:.7g}"
        )
        before = now
        case = Case(w, b, samples[0], _sigmoid(w.T @ samples[0] + b), samples[1])
        w, b = stepped(w, b, _gradients(case), lr).values()
    close = 1e-9 if dtype == torch.float64 else 1e-3
    for name, got, want in (("w", model.w, w), ("b", model.b, b)):
        assert_close(
            got.cpu().double(),
            want,
            rtol=close,
            atol=close,
            msg=lambda text, name=name: (
                f"after 10 steps, {name} is not where 10 steps of {name} - lr d{name} end, "
                f"each with the gradient of that moment alone\n{text}"
            ),
        )
