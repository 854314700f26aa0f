"""What is evaluated in batches, and that batches find what the loop finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import rnn

from pytest_torchkata import GradcheckError, gradcheck

FEW = 16
"""More calls than batches take, fewer than a loop over the elements of any input here."""


def given(*shape: int) -> Tensor:
    own = torch.Generator().manual_seed(11)
    return torch.randn(shape, generator=own, dtype=torch.float64).requires_grad_()


class Cube(torch.autograd.Function):
    """x³, without a rule for vmap."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        result: Tensor = 3 * x**2 * grad
        return result


class CubeWithRule(torch.autograd.Function):
    """x³, with a rule for vmap."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor) -> Tensor:
        return x**3

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor], output: Tensor) -> None:
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        result: Tensor = 3 * x**2 * grad
        return result


def in_place(x: Tensor) -> Tensor:
    y = x.clone()
    y[0].mul_(3)
    y.add_(1)
    return y


def hooked(x: Tensor) -> Tensor:
    y: Any = x * 2  # Any: register_hook is not annotated
    y.register_hook(lambda grad: None if grad is None else grad.clone())
    result: Tensor = y**2
    return result


def masked(x: Tensor) -> Tensor:
    y = x.clone()
    y[x > 0] = x[x > 0] * 2
    return y


def packed(x: Tensor) -> Tensor:
    result: Tensor = lstm(rnn.PackedSequence(x, torch.tensor([2, 2, 1, 1])))[0].data
    return result


torch.manual_seed(0)
lstm = nn.LSTM(3, 2, batch_first=True).double()
labels = torch.tensor([0, 2, 1, 1, -100])

BATCHED: dict[str, tuple[Callable[..., Any], tuple[Tensor, ...]]] = {
    "a branch": (lambda x: x * 2 if x.sum() > 0 else x**3, (given(5, 4),)),
    "item": (lambda x: x * float((x.detach() > 0).sum().item()), (given(5, 4),)),
    "a loop": (lambda x: sum(x**k for k in range(int((x > 0).any()) + 2)), (given(5, 4),)),
    "a mask": (masked, (given(5, 4),)),
    "masked_select": (lambda x: torch.masked_select(x, x > 0), (given(5, 4),)),
    "nonzero": (lambda x: x[x.detach().abs().gt(0.5).nonzero()[:, 0]] * 2, (given(20),)),
    "a custom Function": (Cube.apply, (given(5, 4),)),
    "a custom Function with a rule": (CubeWithRule.apply, (given(5, 4),)),
    "in place": (in_place, (given(5, 4),)),
    "a hook": (hooked, (given(5, 4),)),
    "dropout": (lambda x: F.dropout(x, 0.5), (given(5, 4),)),
    "SDPA": (
        F.scaled_dot_product_attention,
        (given(2, 1, 3, 4), given(2, 1, 3, 4), given(2, 1, 3, 4)),
    ),
    "packed LSTM": (packed, (given(6, 3),)),
    **{
        f"cross entropy, {name}": (lambda x, k=options: F.cross_entropy(x, labels, **k), (x,))
        for name, options, x in (
            ("mean", {}, given(5, 4)),
            ("sum", {"reduction": "sum"}, given(5, 4)),
            ("none", {"reduction": "none"}, given(5, 4)),
            ("weighted", {"weight": torch.arange(1, 5).double()}, given(5, 4)),
            ("smoothed", {"label_smoothing": 0.1}, given(5, 4)),
        )
    },
    "cross entropy, another index ignored": (
        lambda x: F.cross_entropy(x, torch.tensor([0, 1, 1, 2, 3]), ignore_index=1),
        (given(5, 4),),
    ),
    "nll of one": (lambda x: F.nll_loss(x, torch.tensor(3)), (given(20),)),
    "nll of pixels": (lambda x: F.nll_loss(x, torch.ones(2, 3).long()), (given(2, 4, 3),)),
}


@pytest.mark.parametrize("name", BATCHED)
def test_it_is_batched_and_right(name: str) -> None:
    fn, inputs = BATCHED[name]
    calls = 0

    def counted(*args: Tensor) -> Any:
        nonlocal calls
        calls += 1
        return fn(*args)

    assert gradcheck(counted, inputs)
    assert calls <= FEW


@pytest.mark.parametrize("name", BATCHED)
def test_what_is_wrong_is_found_alike_in_batches_and_one_by_one(name: str) -> None:
    fn, inputs = BATCHED[name]

    def wrong(*args: Tensor) -> Any:
        return fn(*args) * (args[0].detach() ** 2).sum()

    found = []
    for batched in (True, False):
        with pytest.raises(GradcheckError) as caught:
            gradcheck(wrong, inputs, batched=batched)
        found.append([(each.name, each.failing, each.index) for each in caught.value.mismatches])
    assert found[0] == found[1]


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
@pytest.mark.parametrize("options", [{}, {"num_layers": 2, "bidirectional": True}])
def test_recurrent_layers_are_batched_with_their_parameters(
    kind: type[nn.RNNBase], options: dict[str, Any]
) -> None:
    torch.manual_seed(0)
    layer = kind(3, 2, **options).double()  # type: ignore[arg-type]  # the mode is each kind's own
    calls = []

    class Counted(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = layer

        def forward(self, x: Tensor) -> Any:
            calls.append(1)
            return self.layer(x)

    assert gradcheck(Counted(), given(4, 2, 3))
    assert len(calls) <= FEW


def test_rows_that_take_another_branch_are_not_believed() -> None:
    # Half of the perturbations of the last element cross the boundary.
    x = torch.ones(40, dtype=torch.float64)
    x[-1] = -1 + 1e-7
    x.requires_grad_()

    def fn(x: Tensor) -> Tensor:
        return x * 2 if x[-1] + x[-2] > 0 else x * 3

    with pytest.raises(GradcheckError) as caught:
        gradcheck(fn, x, chunk_size=16)

    (mismatch,) = caught.value.mismatches
    assert mismatch.entries == 40 * 40
    assert "jumps" in mismatch.reasons[0]


def test_a_way_that_is_refused_halfway_gives_no_column_twice() -> None:
    def fn(x: Tensor) -> Tensor:
        # Whether the last element was moved down decides what is computed: never in the first rows.
        return x * x if x[-1] >= 1 else x * x * x.detach()

    with pytest.raises(GradcheckError) as caught:
        gradcheck(fn, torch.ones(30, dtype=torch.float64, requires_grad=True), chunk_size=8)

    assert caught.value.mismatches[0].entries == 900


def test_samples_side_by_side_do_not_decide_together() -> None:
    class Signed(torch.autograd.Function):
        """Without a rule for vmap: a leading dimension is tried."""

        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            return x * 2 if x.sum() > 0 else x * 3

        @staticmethod
        def backward(ctx: Any, grad: Tensor) -> Tensor:
            return grad * 2

    # A step down takes the other branch; the sum over all rows of a batch does not.
    x = torch.tensor([1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, -3.0 + 1e-7], dtype=torch.float64)

    assert not torch.autograd.gradcheck(Signed.apply, x.requires_grad_(), raise_exception=False)
    assert not gradcheck(Signed.apply, x, raise_exception=False)


def test_a_backward_without_a_rule_is_checked_through_copies_of_its_inputs() -> None:
    rows: list[int] = []

    def attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        rows.append(q.shape[0])
        return F.scaled_dot_product_attention(q, k, v)

    q, k, v = given(2, 1, 3, 4), given(2, 1, 3, 4), given(2, 1, 3, 4)

    assert gradcheck(attention, (q, k, v))
    # One copy for each of the 24 outputs, and one for a cotangent of zero.
    assert 2 * 25 in rows


def test_a_backward_that_ignores_its_cotangent_fails_in_batches_too() -> None:
    class Constant(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            return x * 0

        @staticmethod
        def backward(ctx: Any, grad: Tensor) -> Tensor:
            return grad * 0 + 1e-6  # within the tolerance of every entry

    with pytest.raises(GradcheckError, match="backward not multiplied by grad_output"):
        gradcheck(Constant.apply, given(3, 4))


def test_an_input_that_is_read_past_the_arguments_is_seen() -> None:
    x = given(5, 4)

    def fn(y: Tensor) -> Tensor:
        return y * x.detach()  # x is perturbed, y in a batch is a copy

    assert not torch.autograd.gradcheck(fn, x, raise_exception=False)
    assert not gradcheck(fn, x, raise_exception=False)


@pytest.mark.parametrize("batched", [True, False])
def test_a_backward_that_changes_a_little_with_every_call_is_refused(batched: bool) -> None:
    calls = 0

    class Drifting(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            return x * 1

        @staticmethod
        def backward(ctx: Any, grad: Tensor) -> Tensor:
            nonlocal calls
            calls += 1
            return grad * (1 + 1e-9 * calls)

    with pytest.raises(GradcheckError, match="Backward is not reentrant"):
        gradcheck(Drifting.apply, given(5, 4), batched=batched)
    assert gradcheck(Drifting.apply, given(5, 4), batched=batched, nondet_tol=1e-6)


def test_what_fails_in_a_batch_alone_is_no_failure() -> None:
    class Odd(torch.autograd.Function):
        """2 x; but 3 x in a batch, except for the rows that prove it."""

        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            y = x * 2
            if x.ndim > 2:
                y[:-2] = x[:-2] * 3
            return y

        @staticmethod
        def backward(ctx: Any, grad: Tensor) -> Tensor:
            return grad * 2

    assert gradcheck(Odd.apply, given(5, 4))
