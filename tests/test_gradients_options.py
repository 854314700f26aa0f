"""Options of the gradient checks: orders, modes, limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from autograd_functions import function
from torch import Tensor, nn

from pytest_torchkata import GradcheckError, gradcheck, gradgradcheck
from pytest_torchkata.gradients._compare import Tolerance


def values(*shape: int) -> Tensor:
    own = torch.Generator().manual_seed(3)
    return torch.rand(shape, generator=own, dtype=torch.float64).add(0.2).requires_grad_()


class WrongSecond(torch.autograd.Function):
    """x³ whose derivative is right and not differentiable by x."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        result: Tensor = 3 * x.detach() ** 2 * grad
        return result


wrong_first = function(torch.exp, lambda grad, x: grad * x.exp() * 2)


@pytest.mark.parametrize("batched", [True, False])
@pytest.mark.parametrize("fast_mode", [True, False])
def test_second_order(batched: bool, fast_mode: bool) -> None:
    x = values(3, 2)

    assert gradgradcheck(torch.sin, x, batched=batched, fast_mode=fast_mode)
    assert gradcheck(WrongSecond.apply, x, batched=batched, fast_mode=fast_mode)
    with pytest.raises(GradcheckError, match="Jacobian mismatch"):
        gradgradcheck(WrongSecond.apply, x, batched=batched, fast_mode=fast_mode)
    with pytest.raises(GradcheckError, match="Jacobian mismatch"):
        gradcheck(WrongSecond.apply, x, batched=batched, fast_mode=fast_mode, order=2)


def test_a_wrong_first_derivative_fails_in_second_order_where_torch_says_true() -> None:
    x = values(3)
    assert torch.autograd.gradgradcheck(wrong_first, x)

    with pytest.raises(GradcheckError, match="every analytic entry is 2 times"):
        gradgradcheck(wrong_first, x)


def test_given_cotangents_are_used() -> None:
    x, cotangent = values(3), torch.ones(3, dtype=torch.float64, requires_grad=True)

    assert gradgradcheck(torch.sin, (x,), (cotangent,))
    assert gradgradcheck(torch.sin, (x,), cotangent, check_fwd_over_rev=True)
    assert gradgradcheck(torch.sin, (x,), gen_non_contig_grad_outputs=True)


def test_forward_mode_is_checked_by_torch() -> None:
    class NoForward(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            return x * 2

        @staticmethod
        def backward(ctx: Any, grad: Tensor) -> Tensor:
            return grad * 2

        @staticmethod
        def jvp(ctx: Any, tangent: Tensor) -> Tensor:
            return tangent * 3

    assert gradcheck(NoForward.apply, values(3))
    with pytest.raises(GradcheckError, match="Jacobian computed with forward mode mismatch"):
        gradcheck(NoForward.apply, values(3), check_forward_ad=True)
    assert gradcheck(torch.sin, values(3), check_forward_ad=True, check_backward_ad=False)
    assert gradcheck(
        torch.sin,
        values(3),
        check_forward_ad=True,
        check_batched_forward_grad=True,
        check_batched_grad=True,
        check_grad_dtypes=True,
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"check_backward_ad": False}, "at least one of check_forward_ad or check_backward_ad"),
        (
            {"check_batched_grad": True, "check_backward_ad": False, "check_forward_ad": True},
            "requires check_backward_ad to be True",
        ),
        ({"check_batched_forward_grad": True}, "requires check_forward_ad to be True"),
    ],
)
def test_options_that_contradict_each_other(options: dict[str, Any], message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        gradcheck(torch.sin, values(3), **options)


def test_a_backward_that_is_not_reentrant_is_refused() -> None:
    noisy = function(lambda x: x * 2, lambda grad, x: 2 * grad * (1 + 1e-8 * torch.rand_like(grad)))

    with pytest.raises(GradcheckError, match="Backward is not reentrant"):
        gradcheck(noisy, values(3))
    with pytest.raises(GradcheckError, match="Backward is not reentrant"):
        gradcheck(noisy, values(100), fast_mode=True)
    assert gradcheck(noisy, values(3), nondet_tol=1e-5)


@pytest.mark.parametrize("fast_mode", [True, False])
def test_a_shape_or_dtype_that_depends_on_the_values_is_refused(fast_mode: bool) -> None:
    x = torch.ones(1, dtype=torch.float64, requires_grad=True)

    with pytest.raises(AssertionError, match="same shape when inputs are perturbed"):
        gradcheck(
            lambda x: torch.cat([x, x]) if bool((x >= 1).all()) else x, x, fast_mode=fast_mode
        )
    with pytest.raises(AssertionError, match="same dtype when inputs are perturbed"):
        gradcheck(lambda x: x.float() if bool((x >= 1).all()) else x, x, fast_mode=fast_mode)


def test_a_check_that_would_take_too_long_is_refused() -> None:
    model = nn.Linear(1000, 1000)

    with pytest.raises(ValueError, match="max_evaluations=250,000") as caught:
        gradcheck(model, torch.ones(1, 1000))

    text = str(caught.value)
    assert "takes 2,005,000 evaluations" in text
    assert "the largest is parameter weight with 1,000,000 elements" in text
    assert "fast_mode=True" in text
    assert gradcheck(torch.sin, values(10), max_evaluations=30)
    with pytest.raises(ValueError, match="max_evaluations=29"):
        gradcheck(torch.sin, values(10), max_evaluations=29)


def test_a_jacobian_that_would_not_fit_into_memory_is_refused() -> None:
    x = values(20_000)

    with pytest.raises(ValueError) as caught:
        gradcheck(torch.sin, x)

    text = str(caught.value)
    assert "the Jacobian, 20,000 × 20,000 numbers of 8 bytes, takes 3.2 GB" in text
    assert "more than 2 GB" in text
    assert "input 0" in text
    assert "max_evaluations=None" in text
    assert gradcheck(torch.sin, x, fast_mode=True)


def test_the_quick_check_of_something_large_is_possible() -> None:
    model = nn.Sequential(nn.Linear(600, 300), nn.Tanh(), nn.Linear(300, 2))
    x = torch.ones(1, 600)

    assert gradcheck(model, x, fast_mode=True)
    with pytest.raises(ValueError, match="the quick check found a difference"):
        gradcheck(nn.Sequential(model, Doubled()), x, fast_mode=True)


class Doubled(nn.Module):
    """The identity, with twice its gradient."""

    def forward(self, x: Tensor) -> Tensor:
        doubled: Tensor = function(lambda x: x.clone(), lambda grad, x: 2 * grad)(x)
        return doubled


def planted(kind: str, size: int) -> Callable[..., Tensor]:
    """W x with one error in the derivative, or sin with one."""
    own = torch.Generator().manual_seed(size)
    w = torch.randn(size, size, generator=own, dtype=torch.float64) / size**0.5
    e = w.clone()
    if kind == "sign":
        e[3, 2] *= -1
    elif kind == "percent":
        e[3, 2] *= 1.01
    elif kind == "neighbours":
        e[3, 2] += 0.01
        e[3, 3] -= 0.01
    elif kind == "torch's seed":
        # Cancels under the one vector that torch's fast mode uses for an input of this size.
        u = torch.rand(size, generator=torch.Generator()).double()
        e[3, 2] += 0.1 / u[2]
        e[3, 5] -= 0.1 / u[5]
    return function(lambda x: w @ x, lambda grad, x: e.T @ grad)


@pytest.mark.parametrize("size", [8, 40])
@pytest.mark.parametrize("kind", ["sign", "percent", "neighbours", "torch's seed"])
def test_the_quick_mode_finds_single_errors(kind: str, size: int) -> None:
    with pytest.raises(GradcheckError, match="Jacobian mismatch for output 0"):
        gradcheck(planted(kind, size), values(size), fast_mode=True)


@pytest.mark.parametrize("factor", [-1.0, 1.01])
@pytest.mark.parametrize("size", [40, 80])
def test_the_quick_mode_finds_single_errors_elementwise(factor: float, size: int) -> None:
    scale = torch.ones(size, dtype=torch.float64)
    scale[7] = factor
    wrong = function(torch.sin, lambda grad, x: grad * x.cos() * scale)

    with pytest.raises(GradcheckError, match=f"1 of {size * size} entries are wrong"):
        gradcheck(wrong, values(size), fast_mode=True)


def test_a_backward_that_cannot_be_differentiated_is_checked_row_by_row() -> None:
    class Once(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            ctx.save_for_backward(x)
            return x.sin()

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx: Any, grad: Tensor) -> Tensor:
            (x,) = ctx.saved_tensors
            result: Tensor = grad * x.cos()
            return result

    assert gradcheck(Once.apply, values(100), fast_mode=True)


@pytest.mark.parametrize("share", [0.5, 0.95, 1.05, 2.0])
@pytest.mark.parametrize("size", [1.0, 1e4])
def test_all_entries_may_use_their_whole_tolerance(share: float, size: float) -> None:
    tolerance = Tolerance(eps=1e-6, atol=1e-5, rtol=1e-3)
    numerical = size * values(30, 20).detach()

    analytic = numerical + share * (tolerance.atol + tolerance.rtol * numerical.abs())

    assert tolerance.all_close(analytic, numerical) is (share < 1)
    analytic[3, 4] = torch.nan
    assert not tolerance.all_close(analytic, numerical)
