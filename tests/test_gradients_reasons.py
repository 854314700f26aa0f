"""Reasons of a failed gradient check: given when they are so, and never when they are not."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from autograd_functions import function
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from pytest_torchkata import GradcheckError, check_backward, gradcheck
from pytest_torchkata.gradients._compare import Tolerance
from pytest_torchkata.gradients._reasons import Evidence, from_entries

TOLERANCE = Tolerance(eps=1e-6, atol=1e-5, rtol=1e-3)


def values(*shape: int) -> Tensor:
    own = torch.Generator().manual_seed(4)
    return torch.randn(shape, generator=own, dtype=torch.float64).requires_grad_()


def failure(fn: Callable[..., Any], *inputs: Tensor) -> str:
    with pytest.raises(GradcheckError) as caught:
        gradcheck(fn, inputs)
    return str(caught.value)


def reasons_of(text: str) -> list[str]:
    return [line.partition("why: ")[2] for line in text.splitlines() if "why: " in line]


INDEX = torch.tensor([0, 1, 1, 2])
CASES: dict[str, tuple[Callable[..., Any], tuple[Tensor, ...], str]] = {
    "factor": (
        function(torch.exp, lambda g, x: 2 * g * x.exp()),
        (values(4, 3),),
        "every analytic entry is 2 times the numerical one",
    ),
    "sign": (
        function(torch.cos, lambda g, x: g * x.sin()),
        (values(4, 3),),
        "the sign is wrong: every analytic entry is minus the numerical one",
    ),
    "sum for mean": (
        function(lambda x: (x**2).mean(), lambda g, x: 2 * x * g),
        (values(4, 3),),
        (
            "every analytic entry is 12 times the numerical one; 12 is the number of elements of "
            "input 0: unless by chance, a sum in place of a mean"
        ),
    ),
    "transposed gradient": (
        function(lambda x, w: x @ w, lambda g, x, w: (g @ w.T, (x.T @ g).T)),
        (values(4, 3), values(3, 3)),
        "the gradient of input 1 is transposed: its element [i, j] stands where [j, i] belongs",
    ),
    "transposed Jacobian": (
        function(lambda x, w: x @ w, lambda g, x, w: (g @ w, x.T @ g)),
        (values(4, 3), values(3, 3)),
        (
            "the Jacobian is transposed: backward multiplies by J where the product with its "
            "transpose is wanted (W for W.T?)"
        ),
    ),
    "shifted": (
        function(torch.square, lambda g, x: (2 * x * g).roll(1, 0)),
        (values(4, 3),),
        (
            "the gradient of input 0 is shifted by 1 along dimension 0: what belongs to index i "
            "stands at i + 1"
        ),
    ),
    "reversed": (
        function(torch.square, lambda g, x: (2 * x * g).flip(1)),
        (values(4, 3),),
        "the gradient of input 0 is reversed along dimension 1",
    ),
    "in another order": (
        function(torch.square, lambda g, x: (2 * x * g)[[1, 0, 3, 2, 4]]),
        (values(5),),
        (
            "the elements of the gradient of input 0 are in another order: at [0] stands what "
            "belongs to [1]"
        ),
    ),
    "detached": (
        lambda x, w: x @ w.detach(),
        (values(2, 3), values(3, 2)),
        (
            "no gradient reaches input 1 (w): autograd finds no path to it (its gradient is "
            "None): it "
            "was detached (.detach(), .data, .item(), numpy, no_grad), or backward returned "
            "None for "
            "it"
        ),
    ),
    "zero": (
        lambda x, w: x @ w.detach() + 0 * w.sum(),
        (values(2, 3), values(3, 2)),
        (
            "the analytic gradient of input 1 (w) is zero everywhere: backward returns "
            "zeros for it, "
            "or multiplies by something that is zero"
        ),
    ),
    "no sum over the batch": (
        function(lambda x, b: x + b, lambda g, x, b: (g, g[0])),
        (values(4, 3), values(3)),
        (
            "no gradient comes from 3 of the 4 indices of dimension 0 of the output (such "
            "as 1): the "
            "sum over that dimension is missing or goes over a part of it"
        ),
    ),
    "negative": (
        function(torch.abs, lambda g, x: g),
        (values(4, 3),),
        "wrong exactly where input 0 is negative: in 3 of 12 elements",
    ),
    "a repeated index": (
        function(
            lambda table, rows: table[rows],
            lambda g, table, rows: (torch.zeros_like(table).index_copy_(0, rows, g), None),
        ),
        (values(5, 3), INDEX),
        (
            "wrong exactly at the indices of dimension 0 that occur more than once in input "
            "1: their "
            "gradients must be added up, not overwritten"
        ),
    ),
    "kink": (
        torch.relu,
        (torch.tensor([1.0, 0, -2, 0], dtype=torch.float64, requires_grad=True),),
        (
            "at all of the failing elements of input 0 ([1], [3]) the function has a kink "
            "within eps "
            "(the derivatives from below and from above differ, the analytic one is not outside of "
            "them): not an error of the gradient there; move them away by more than eps=1e-06"
        ),
    ),
    "jump": (
        function(lambda x: (x > 0).to(x), lambda g, x: torch.zeros_like(g)),
        (torch.tensor([1.0, 0, -2, 0], dtype=torch.float64, requires_grad=True),),
        (
            "at all of the failing elements of input 0 ([1], [3]) the function jumps within "
            "eps: it "
            "has no derivative there; move them away by more than eps=1e-06"
        ),
    ),
    "conjugate": (
        function(torch.square, lambda g, z: 2 * z * g),
        (torch.complex(values(3).detach(), values(3).detach() + 1).requires_grad_(),),
        (
            "every analytic entry is the complex conjugate of the numerical one: torch's "
            "convention "
            "is the conjugate derivative, grad * conj(df/dz)"
        ),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_reason_is_found(name: str) -> None:
    fn, inputs, reason = CASES[name]

    assert reason in reasons_of(failure(fn, *inputs))


def test_a_failure_names_place_values_and_tolerance() -> None:
    x = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64, requires_grad=True)
    wrong = function(torch.square, lambda g, x: g * torch.tensor([2.0, 4, 9]))

    assert failure(wrong, x).splitlines() == [
        "Jacobian mismatch for output 0 with respect to input 0,",
        "  input 0, shape (3,): 1 of 9 entries are wrong",
        "    worst: d output[2] / d input 0[2]: analytic 9, numerical 6, ratio 1.5",
        "    |difference| 3, allowed 0.00601 = 1e-05 + 0.001 * |numerical|",
        "    where: 1 of 3 elements of input 0, in [2]; 1 of 3 elements of output, in [2]",
    ]


def test_the_values_are_attributes() -> None:
    with pytest.raises(GradcheckError) as caught:
        gradcheck(function(torch.square, lambda g, x: 3 * g * x), values(2, 2))

    (mismatch,) = caught.value.mismatches
    assert (mismatch.input, mismatch.output, mismatch.name) == (0, 0, "input 0")
    assert (mismatch.failing, mismatch.entries) == (4, 16)
    assert mismatch.ratio == pytest.approx(1.5)
    assert mismatch.index == mismatch.output_index


@pytest.mark.parametrize(
    ("draw", "source"),
    [
        (lambda: float(np.random.rand()), "it draws from NumPy's generator"),
        (random.random, "it draws from Python's random"),
    ],
)
def test_randomness_beyond_torch_is_named(draw: Callable[[], float], source: str) -> None:
    assert source in failure(lambda x: x * draw(), values(3))


def test_state_between_calls_is_named() -> None:
    calls = [0]

    def counting(x: Tensor) -> Tensor:
        calls[0] += 1
        return x * calls[0]

    assert "it keeps state between calls (a counter" in failure(counting, values(3))


def test_buffers_that_change_are_named() -> None:
    class Running(nn.Module):
        mean: Tensor

        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("mean", torch.zeros(3))

        def forward(self, x: Tensor) -> Tensor:
            self.mean = self.mean + x.detach().mean(0)
            return x * self.mean

    with pytest.raises(GradcheckError, match="its buffers change"):
        gradcheck(Running(), values(4, 3))


def test_low_precision_is_named() -> None:
    reason = "the function computes with about"

    assert reason in failure(lambda x: (x.float() ** 3).double(), values(4, 3))
    assert reason not in failure(lambda x: x**2 * x.detach(), values(4, 3))


def rounded(x: Tensor) -> Tensor:
    return (x * 8).round() / 8


STAIRS: dict[str, tuple[Callable[..., Tensor], bool]] = {
    "bfloat16": (lambda x: x.bfloat16().double() * 3, True),
    "bfloat16 inside": (lambda x: (x.bfloat16().double() * 3).sin(), True),
    "straight through": (function(rounded, lambda g, x: g), True),
    "smooth": (lambda x: x * x.detach(), False),
    "flat, then steep": (function(lambda x: (x - 9).relu(), lambda g, x: g), False),
    "saturated": (function(lambda x: (90 * x).sigmoid(), lambda g, x: g), False),
    "stationary": (function(lambda x: (x - x.detach()) ** 2 + 1, lambda g, x: g), False),
    "constant": (function(lambda x: x * 0 + 1, lambda g, x: g), False),
}


@pytest.mark.parametrize("case", STAIRS)
def test_a_function_that_goes_in_stairs_is_named(case: str) -> None:
    fn, stairs = STAIRS[case]

    text = failure(fn, values(4, 3))

    assert ("the function goes in stairs" in text) == stairs, text
    assert len(reasons_of(text)) <= 1


def doubled_tanh(x: Tensor) -> Tensor:
    y = x.tanh()
    y.data.mul_(2)
    return y * 1


def shifted_factor(x: Tensor) -> Tensor:
    y = x * 2
    z = y * y
    y.data.add_(1)
    return z


def through_numpy(x: Tensor) -> Tensor:
    y = x.exp()
    z = (y * y).sum(0)
    y.detach().numpy()[:] = 0
    return z


def changed_and_wrong(x: Tensor) -> Tensor:
    y = x.exp()
    z = y * y * x.detach()
    y.data.mul_(2)
    return z


SAVED: dict[str, tuple[Callable[..., Tensor], bool, bool]] = {
    "a result": (doubled_tanh, True, False),  # the output is another one, too
    "a factor": (shifted_factor, True, True),
    "NumPy": (through_numpy, True, True),
    "and wrong besides": (changed_and_wrong, True, False),
    "not changed": (function(torch.exp, lambda g, x: 2 * g * x.exp()), False, False),
}


@pytest.mark.parametrize("case", SAVED)
def test_a_change_of_a_saved_tensor_that_autograd_misses_is_named(case: str) -> None:
    fn, changed, right_before = SAVED[case]

    text = failure(fn, values(4, 3))

    assert ("was changed after it was saved, past autograd" in text) == changed, text
    assert ("with the values that were saved, the gradient is right" in text) == right_before, text


def test_a_change_of_a_saved_tensor_is_found_in_a_module() -> None:
    class Shifted(nn.Linear):
        def forward(self, x: Tensor) -> Tensor:
            hidden = super().forward(x)
            out = hidden * hidden
            hidden.data.zero_()
            return out

    with pytest.raises(GradcheckError, match="past autograd"):
        gradcheck(Shifted(3, 2), values(4, 3))


def test_a_saved_tensor_that_was_modified_is_named() -> None:
    def fn(x: Tensor) -> Tensor:
        y = x.exp()
        z = y * 2
        y.add_(1)
        return z * y

    with pytest.raises(GradcheckError, match="was saved, and then changed in place"):
        gradcheck(fn, values(3))


def test_one_wrong_entry_has_no_reason() -> None:
    scale = torch.tensor([1.0, 1, 1.01], dtype=torch.float64)

    assert (
        reasons_of(failure(function(torch.exp, lambda g, x: g * x.exp() * scale), values(3))) == []
    )


# Property tests: random Jacobians, and what is said of them.


def evidence(analytic: Tensor, numerical: Tensor, shape: tuple[int, ...]) -> Evidence:
    own = torch.Generator().manual_seed(5)
    return Evidence(
        analytic=analytic,
        numerical=numerical,
        value=torch.randn(shape, generator=own, dtype=torch.float64),
        name="x",
        output_shape=(numerical.shape[1],),
        reached=True,
        integers=(),
        tolerance=TOLERANCE,
    )


@st.composite
def jacobians(draw: st.DrawFn) -> tuple[Tensor, tuple[int, int]]:
    shape = draw(st.tuples(st.integers(2, 4), st.integers(2, 4)))
    own = torch.Generator().manual_seed(draw(st.integers(0, 2**30 - 1)))
    numerical = torch.randn(
        shape[0] * shape[1], draw(st.integers(1, 6)), generator=own, dtype=torch.float64
    )
    return numerical, shape


@settings(max_examples=60, deadline=None)
@given(jacobians(), st.integers(0, 2**30 - 1))
def test_unrelated_jacobians_get_no_reason(case: tuple[Tensor, tuple[int, int]], seed: int) -> None:
    numerical, shape = case
    own = torch.Generator().manual_seed(2**30 + seed)  # never that of the Jacobian
    analytic = numerical + torch.randn(numerical.shape, generator=own, dtype=torch.float64)

    assert from_entries(evidence(analytic, numerical, shape)) == []


@settings(max_examples=60, deadline=None)
@given(
    jacobians(),
    st.sampled_from(["factor", "sign", "flip", "roll", "transpose", "rows"]),
    st.booleans(),
    st.floats(1.5, 9.0),
)
def test_a_reason_is_given_exactly_when_it_holds(
    case: tuple[Tensor, tuple[int, int]], what: str, spoiled: bool, factor: float
) -> None:
    numerical, (rows, columns) = case
    box = numerical.reshape(rows, columns, -1)
    if what == "factor":
        analytic, said = numerical * factor, "times the numerical one"
    elif what == "sign":
        analytic, said = -numerical, "the sign is wrong"
    elif what == "flip" and rows > 2:
        analytic, said = box.flip(0).reshape_as(numerical), "is reversed along dimension 0"
    elif what == "roll" and columns > 2:
        analytic, said = box.roll(1, 1).reshape_as(numerical), "is shifted by 1 along dimension 1"
    elif what == "transpose":
        analytic = box.transpose(0, 1).reshape_as(numerical)
        said = "is transposed"
    else:
        analytic = numerical.roll(1, 0)
        said = "in another order"
    if spoiled:
        # One entry more is wrong: the sentence about all entries no longer holds.
        analytic = analytic.clone()
        analytic[0, 0] += 1

    found = from_entries(evidence(analytic, numerical, (rows, columns)))

    if spoiled:
        assert not any(said in reason for reason in found)
    else:
        assert any(said in reason for reason in found) or what in ("rows", "flip", "roll")
        assert len(found) == 1


@settings(max_examples=40, deadline=None)
@given(jacobians(), st.floats(-9, 9).filter(lambda factor: abs(factor) > 1e-2))
def test_a_factor_that_is_said_is_the_factor(
    case: tuple[Tensor, tuple[int, int]], factor: float
) -> None:
    numerical, shape = case
    wrong = evidence(numerical * factor, numerical, shape)
    if bool(wrong.wrong().any()) and abs(factor - 1) > 2e-2:
        (reason,) = from_entries(wrong)
        if "the sign" in reason:
            assert factor == pytest.approx(-1, rel=1e-3)
        else:
            said = reason.split(" is ")[1].split(" times")[0]
            numerator, _, denominator = said.partition("/")
            assert float(numerator) / float(denominator or 1) == pytest.approx(factor, rel=1e-3)


def test_a_factor_that_is_the_root_of_a_size_is_named() -> None:
    def backward(grad: Tensor, q: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
        return grad @ k, grad.T @ q / 7**0.5

    with pytest.raises(GradcheckError) as caught:
        check_backward(
            lambda q, k: q @ k.T / 7**0.5,
            backward,
            (torch.rand(3, 7, dtype=torch.float64), torch.rand(4, 7, dtype=torch.float64)),
        )

    (mismatch,) = caught.value.mismatches
    assert mismatch.reasons[0].endswith(
        "; that is the square root of 7, the size of dimension 1 of input 0 (q): unless by chance, "
        "a scale that is missing or applied twice"
    )
