"""`gradcheck` of functions: torch's verdict on what torch accepts."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.autograd.gradcheck import GradcheckError as TorchGradcheckError
from torch.nn import functional as F

from pytest_torchkata import GradcheckError, gradcheck


def given(*shape: int, dtype: torch.dtype = torch.float64, seed: int = 0) -> Tensor:
    """Values between 0.2 and 1.2, all different."""
    own = torch.Generator().manual_seed(seed + 7 * len(shape))
    real = torch.rand(shape, generator=own, dtype=torch.float64) + 0.2
    if dtype.is_complex:
        real = torch.complex(real, torch.rand(shape, generator=own, dtype=torch.float64) + 0.2)
    return real.to(dtype).requires_grad_()


def scaled(x: Tensor, factor: float) -> Tensor:
    """x², with a derivative that is `factor` times too large."""
    apply: Callable[..., Tensor] = Scaled.apply
    return apply(x, factor)


class Scaled(torch.autograd.Function):
    """x², with a derivative that is `factor` times too large."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, factor: float) -> Tensor:
        ctx.save_for_backward(x)
        ctx.factor = factor
        return x * x

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        (x,) = ctx.saved_tensors
        return 2 * x * grad * ctx.factor, None


def hooked(x: Tensor, change: Callable[[Tensor], Tensor]) -> Tensor:
    y: Any = x.clone()  # Any: register_hook is not annotated
    y.register_hook(change)
    result: Tensor = y
    return result


def in_place(x: Tensor) -> Tensor:
    y = x.clone()
    y[0] = y[0] * 3
    y.mul_(y.detach() * 0 + 2)
    return y


def branch(x: Tensor) -> Tensor:
    return x * 2 if x.sum() > 0 else x**3


labels = torch.tensor([0, 2, 1])
constant = torch.linspace(-1, 1, 12, dtype=torch.float64).reshape(3, 4)
COMPLEX = torch.complex128

# name: (function, inputs)
FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "sin": (torch.sin, (given(3, 4),)),
    "exp": (torch.exp, (given(5),)),
    "zero-dimensional": (lambda x: x**2, (given(),)),
    "one element": (torch.log, (given(1),)),
    "empty": (lambda x: x * 2, (given(0, 3),)),
    "sum": (torch.sum, (given(3, 4),)),
    "mean": (lambda x: x.mean(0), (given(3, 4),)),
    "softmax": (lambda x: x.softmax(-1), (given(3, 4),)),
    "log_softmax": (lambda x: F.log_softmax(x, 0), (given(3, 4),)),
    "matmul": (torch.matmul, (given(3, 4), given(4, 2))),
    "batched matmul": (torch.bmm, (given(2, 3, 4), given(2, 4, 2))),
    "broadcast": (lambda x, b: x * b, (given(3, 4), given(4))),
    "linear": (F.linear, (given(3, 4), given(2, 4), given(2))),
    "conv1d": (F.conv1d, (given(1, 2, 5), given(3, 2, 3))),
    "conv2d": (F.conv2d, (given(1, 1, 4, 4), given(1, 1, 3, 3))),
    "layer_norm": (lambda x: F.layer_norm(x, (4,)), (given(3, 4),)),
    "max_pool": (lambda x: F.max_pool1d(x, 2), (given(1, 2, 6),)),
    "relu": (torch.relu, (given(3, 4),)),
    "abs": (torch.abs, (given(3, 4),)),
    "cross entropy": (lambda x: F.cross_entropy(x, labels), (given(3, 4),)),
    "mse": (lambda x: F.mse_loss(x, constant), (given(3, 4),)),
    "max with indices": (lambda x: x.max(dim=1), (given(3, 4),)),
    "sort": (torch.sort, (given(6),)),
    "cumsum": (lambda x: x.cumsum(0), (given(3, 4),)),
    "gather": (lambda x: x.gather(1, labels[:, None]), (given(3, 4),)),
    "index": (lambda x: x[[0, 0, 2]], (given(3, 4),)),
    "index_put": (lambda x: torch.zeros_like(x).index_put((labels,), x), (given(3),)),
    "embedding": (lambda w: F.embedding(labels, w), (given(3, 4),)),
    "view and transpose": (lambda x: x.t().reshape(-1)[1:], (given(3, 4),)),
    "einsum": (lambda x, y: torch.einsum("ij,kj->ik", x, y), (given(2, 3), given(4, 3))),
    "inverse": (lambda x: torch.linalg.inv(x + 2 * torch.eye(3)), (given(3, 3),)),
    "cholesky": (
        lambda x: torch.linalg.cholesky(x @ x.mT + torch.eye(3)),
        (given(3, 3),),
    ),
    "several outputs": (lambda x, y: (x * y, x + y), (given(3), given(3))),
    "an output without gradient": (lambda x: (x * 2, x.detach()), (given(3),)),
    "an unused input": (lambda x, y: x * 2, (given(3), given(2))),
    "no output": (lambda x: (), (given(3),)),
    "attention": (
        F.scaled_dot_product_attention,
        (given(1, 1, 3, 2), given(1, 1, 3, 2), given(1, 1, 3, 2)),
    ),
    "complex square": (lambda z: z**2, (given(3, dtype=COMPLEX),)),
    "complex abs": (torch.abs, (given(3, dtype=COMPLEX),)),
    "real to complex": (lambda x: torch.polar(x, x * 2), (given(3),)),
    "complex to both": (lambda z: (z * 2, z.real), (given(3, dtype=COMPLEX),)),
    "fft": (torch.fft.fft, (given(4, dtype=COMPLEX),)),
    "conj": (torch.conj, (given(3, dtype=COMPLEX),)),
    "non-contiguous": (torch.sin, (given(4, 3).detach().t().requires_grad_(),)),
    "not a leaf": (torch.sin, (given(4, 3) * 2,)),
    "the same tensor twice": (torch.mul, (given(3),) * 2),
    "custom Function": (lambda x: scaled(x, 1.0), (given(3, 4),)),
    "in place": (in_place, (given(3, 4),)),
    "a branch on the data": (branch, (given(3, 4),)),
    "item": (lambda x: x * float(x.detach().sum() > 0), (given(3),)),
    "a hook": (lambda x: hooked(x, lambda grad: None if grad is None else grad * 1.0), (given(3),)),
    "checkpoint": (
        lambda x: torch.utils.checkpoint.checkpoint(torch.sin, x, use_reentrant=False),
        (given(3),),
    ),
    "wrong: factor": (lambda x: scaled(x, 2.0), (given(3, 4),)),
    "wrong: 1 %": (lambda x: scaled(x, 1.01), (given(3, 4),)),
    "right: 0.01 %": (lambda x: scaled(x, 1.0001), (given(3, 4),)),
    "wrong: detached": (lambda x: x * x.detach(), (given(3),)),
    "wrong: a hook": (lambda x: hooked(x, lambda grad: grad * 2), (given(3),)),
    "wrong: added to the gradient": (lambda x: hooked(x, lambda grad: grad + 1e-2), (given(3),)),
    "wrong: no gradient": (lambda x: torch.sin(x.detach()), (given(3),)),
    "wrong: kink": (torch.relu, (torch.zeros(3, dtype=torch.float64, requires_grad=True),)),
    "wrong: NaN": (lambda x: (x - x).sqrt(), (given(3),)),
    "wrong: complex": (lambda z: z * z.detach(), (given(3, dtype=COMPLEX),)),
    "wrong: only the second output": (lambda x: (x * 2, x * x.detach()), (given(3),)),
}


@pytest.mark.parametrize("batched", [True, False], ids=["batched", "loop"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_verdict_is_that_of_torch_in_slow_mode(name: str, batched: bool) -> None:
    fn, inputs = FUNCTIONS[name]
    before = [each.detach().clone() for each in inputs]

    expected = torch.autograd.gradcheck(fn, inputs, raise_exception=False)

    assert gradcheck(fn, inputs, raise_exception=False, batched=batched) is expected
    assert expected is not name.startswith("wrong")
    for each, value in zip(inputs, before, strict=True):
        assert torch.equal(each, value)
        assert not each.is_leaf or each.grad is None


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_quick_mode_has_the_verdict_of_the_exact_one(name: str) -> None:
    fn, inputs = FUNCTIONS[name]

    found = gradcheck(fn, inputs, raise_exception=False, fast_mode=True)

    assert found is not name.startswith("wrong")


@pytest.mark.parametrize("chunk_size", [1, 2, 3, 7])
def test_small_batches_find_the_same(chunk_size: int) -> None:
    x, w = given(3, 4), given(4, 2)

    assert gradcheck(torch.matmul, (x, w), chunk_size=chunk_size)
    with pytest.raises(GradcheckError, match="48 entries are wrong"):
        gradcheck(lambda x, w: x @ w.detach() + 0 * w.sum(), (x, w), chunk_size=chunk_size)


def test_the_error_is_torchs_and_an_assertion_error() -> None:
    with pytest.raises(GradcheckError) as caught:
        gradcheck(lambda x: scaled(x, 2.0), given(3))

    assert isinstance(caught.value, AssertionError)
    assert isinstance(caught.value, TorchGradcheckError)
    assert isinstance(caught.value, RuntimeError)


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name.startswith("wrong")])
def test_the_first_line_is_torchs(name: str) -> None:
    fn, inputs = FUNCTIONS[name]
    with pytest.raises(TorchGradcheckError) as theirs:
        torch.autograd.gradcheck(fn, inputs)

    with pytest.raises(GradcheckError) as ours:
        gradcheck(fn, inputs)

    assert str(ours.value).splitlines()[0] == str(theirs.value).splitlines()[0]


@dataclasses.dataclass(frozen=True)
class Output:
    first: Tensor
    label: str
    rest: dict[str, Tensor]


Pair = collections.namedtuple("Pair", "left right")


class ModelOutput(collections.OrderedDict[str, Tensor]):
    """As transformers' class of that name: a mapping whose items are attributes too."""


@pytest.mark.parametrize(
    "wrap",
    [
        lambda y: {"y": y},
        lambda y: Output(y, "label", {"again": y * 2}),
        lambda y: Pair(y, None),
        lambda y: [y, (y, [y])],
        lambda y: ModelOutput(logits=y),
    ],
    ids=["dict", "dataclass", "named tuple", "nested lists", "ModelOutput"],
)
def test_nested_outputs_are_checked(wrap: Callable[[Tensor], Any]) -> None:
    assert gradcheck(lambda x: wrap(x * x), given(3, 2))
    with pytest.raises(GradcheckError, match="Jacobian mismatch"):
        gradcheck(lambda x: wrap(x * x.detach()), given(3, 2))


def test_nested_inputs_and_keywords_are_checked_and_named() -> None:
    def fn(pair: Pair, *, extra: dict[str, Tensor], power: int) -> Tensor:
        wrong = extra["scale"] * extra["scale"].detach()
        result: Tensor = (pair.left + pair.right[0]) ** power * wrong
        return result

    with pytest.raises(GradcheckError) as caught:
        gradcheck(fn, (Pair(given(3), [given(3)]),), {"extra": {"scale": given(3)}, "power": 2})

    assert [each.name for each in caught.value.mismatches] == ["input extra['scale']"]
    assert gradcheck(lambda pair: pair.left * pair.right[0], (Pair(given(3), [given(3)]),))


def test_an_output_that_hides_tensors_is_refused() -> None:
    class Hidden:
        def __init__(self, tensor: Tensor) -> None:
            self.tensor = tensor

    with pytest.raises(TypeError, match=r"cannot look for tensors in a .*Hidden"):
        gradcheck(lambda x: Hidden(x * 2), given(3))


@pytest.mark.parametrize("fast_mode", [False, True])
@pytest.mark.parametrize(
    "fn", [lambda x: x.round().long(), lambda x: x > 0, lambda x: (x.argmax(), x > 0)]
)
def test_integer_outputs_alone_are_refused(fn: Callable[[Tensor], Any], fast_mode: bool) -> None:
    with pytest.raises(GradcheckError, match="needs a floating-point or complex output"):
        gradcheck(fn, given(3), fast_mode=fast_mode)
    assert not gradcheck(fn, given(3), fast_mode=fast_mode, raise_exception=False)


def test_nothing_to_check_is_refused_as_torch_does() -> None:
    with pytest.raises(ValueError, match="at least one input tensor to require gradient"):
        gradcheck(torch.sin, given(3).detach(), raise_exception=False)


def test_an_expanded_leaf_is_checked() -> None:
    x = torch.ones(3, 1, dtype=torch.float64).expand(3, 4).requires_grad_()

    assert gradcheck(torch.sin, x)
    with pytest.raises(GradcheckError):
        gradcheck(lambda x: x * x.detach(), x)
    assert x.stride() == (1, 0)


def test_the_result_of_an_expansion_is_refused_as_torch_does() -> None:
    x = torch.ones(1, dtype=torch.float64, requires_grad=True).expand(2, 2)

    with pytest.raises(RuntimeError, match="The 0th input has a dimension with stride 0"):
        gradcheck(torch.sin, x)


def test_float32_inputs_are_checked_in_float64() -> None:
    x = given(3, 4).detach().float().requires_grad_()

    with pytest.warns(UserWarning, match="Input #0 requires gradient and is not a double"):
        assert gradcheck(torch.sin, x)
    with pytest.warns(UserWarning, match="Input #0"), pytest.raises(GradcheckError):
        gradcheck(lambda x: scaled(x, 1.01), x)
    assert x.dtype == torch.float32


def test_a_function_that_needs_float32_is_checked_in_it() -> None:
    x = given(3, 4).detach().float().requires_grad_()
    weight = given(4, 2).detach().float()

    with pytest.warns(UserWarning, match="Input #0"):
        assert gradcheck(lambda x: torch.tanh(x @ weight), x)
    with (
        pytest.warns(UserWarning, match="Input #0"),
        pytest.raises(GradcheckError, match="perhaps precision"),
    ):
        gradcheck(lambda x: torch.tanh(x @ weight) * x.detach().sum() + x.sum() * 2, x)


@pytest.mark.parametrize("masked", [False, True])
def test_sparse_inputs_are_checked(masked: bool) -> None:
    x = given(2, 3).detach().to_sparse().requires_grad_()

    assert gradcheck(lambda x: x.to_dense(masked_grad=masked), x, masked=masked)
    with pytest.raises(GradcheckError, match="Jacobian mismatch"):
        gradcheck(
            lambda x: x.to_dense(masked_grad=masked) * x.detach().to_dense(), x, masked=masked
        )


def test_the_random_state_is_as_before() -> None:
    state = torch.get_rng_state()

    assert gradcheck(lambda x: F.dropout(x, 0.5), given(8, 8))

    assert torch.equal(torch.get_rng_state(), state)


def test_memory_is_bounded_by_small_batches() -> None:
    rows: list[int] = []

    def fn(x: Tensor) -> Tensor:
        rows.append(x.shape[0])
        return x.flip(-1)  # a leading dimension passes through

    class NoVmap(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            return fn(x)

        @staticmethod
        def backward(ctx: Any, grad: Tensor) -> Tensor:
            return grad.flip(-1)

    assert gradcheck(NoVmap.apply, given(20), chunk_size=8)
    # 8 rows and, in the first batch, two that prove it.
    assert max(each for each in rows if each != 20) <= 10
