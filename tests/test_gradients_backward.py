"""`check_backward`: a backward pass written by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from pytest_torchkata import GradcheckError, check_backward

own = torch.Generator().manual_seed(0)
X = torch.randn(4, 3, generator=own)
W = torch.randn(3, 2, generator=own)
B = torch.randn(2, generator=own)


def affine(x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    return x @ w + b


def affine_backward(grad: Tensor, x: Tensor, w: Tensor, b: Tensor) -> tuple[Tensor, ...]:
    return grad @ w.T, x.T @ grad, grad.sum(0)


def test_a_right_backward_passes() -> None:
    assert check_backward(affine, affine_backward, (X, W, B))


def test_gradients_may_come_by_name() -> None:
    def backward(grad: Tensor, x: Tensor, w: Tensor, b: Tensor) -> dict[str, Tensor]:
        return {"b": grad.sum(0), "w": x.T @ grad, "x": grad @ w.T}

    assert check_backward(affine, backward, (X, W, B))


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (
            lambda g, x, w, b: (g @ w.T, 2 * x.T @ g, g.sum(0)),
            "every analytic entry is 2 times the numerical one",
        ),
        (lambda g, x, w, b: (g @ w.T, -(x.T @ g), g.sum(0)), "the sign is wrong"),
        (
            lambda g, x, w, b: (g @ w.T, (g.T @ x).reshape(3, 2), g.sum(0)),
            "the gradient of input 1 (w) is transposed",
        ),
        (
            lambda g, x, w, b: (g @ w.T, x.T @ g, g.mean(0)),
            "every analytic entry is 1/4 times the numerical one; 4 is the size of dimension 0",
        ),
        (
            lambda g, x, w, b: (g @ w.T, x.T @ g, g[0]),
            "no gradient comes from 3 of the 4 indices of dimension 0 of the output",
        ),
        (lambda g, x, w, b: (g @ w.T, None, g.sum(0)), "no gradient reaches input 1 (w)"),
        (
            lambda g, x, w, b: (g @ w.T, torch.zeros_like(w), g.sum(0)),
            "the analytic gradient of input 1 (w) is zero everywhere",
        ),
        (
            lambda g, x, w, b: (g @ w.T, x.T @ g, g),
            "input 2 (b) was broadcast; its gradient is the sum of this one over dimension 0",
        ),
    ],
)
def test_a_wrong_backward_fails_with_its_reason(wrong: Callable[..., Any], reason: str) -> None:
    with pytest.raises(GradcheckError) as caught:
        check_backward(affine, wrong, (X, W, B))

    assert f"why: {reason}" in str(caught.value)
    assert not check_backward(affine, wrong, (X, W, B), raise_exception=False)


def test_the_gradient_of_a_number_needs_no_cotangent() -> None:
    def loss(x: Tensor) -> Tensor:
        return (x**2).mean()

    assert check_backward(loss, lambda x: 2 * x / x.numel(), X)
    with pytest.raises(GradcheckError, match="12 is the number of elements of input 0"):
        check_backward(loss, lambda x: 2 * x, X)


def test_a_backward_that_uses_what_forward_kept() -> None:
    class Layer:
        def forward(self, x: Tensor) -> Tensor:
            self.y = torch.tanh(x)
            return self.y

        def backward(self, dout: Tensor) -> Tensor:
            return dout * (1 - self.y**2)

    layer = Layer()

    assert check_backward(layer.forward, layer.backward, X)


def test_stored_gradients_are_returned_by_a_wrapper() -> None:
    class Regression:
        def __init__(self) -> None:
            self.grads: dict[str, Tensor] = {}

        def backward(self, x: Tensor, w: Tensor) -> None:
            self.grads["dw"] = 2 * x.T @ (x @ w)

    model = Regression()

    def stored(w: Tensor) -> Tensor:
        model.backward(X.double(), w)
        return model.grads["dw"]

    assert check_backward(lambda w: ((X.double() @ w) ** 2).sum(), stored, W)


def test_integer_inputs_are_passed_on() -> None:
    index = torch.tensor([0, 2, 2])

    def right(grad: Tensor, table: Tensor, rows: Tensor) -> Tensor:
        return torch.zeros_like(table).index_add(0, rows, grad)

    def wrong(grad: Tensor, table: Tensor, rows: Tensor) -> Tensor:
        result = torch.zeros_like(table)
        result[rows] = grad
        return result

    table = torch.randn(4, 3, generator=own)
    assert check_backward(lambda table, rows: table[rows], right, (table, index))
    with pytest.raises(GradcheckError, match="occur more than once in input 1"):
        check_backward(lambda table, rows: table[rows], wrong, (table, index))


def test_a_backward_that_accumulates_is_named() -> None:
    total = torch.zeros(4, 3, dtype=torch.float64)

    def backward(grad: Tensor, x: Tensor) -> Tensor:
        return total.add_(grad).clone()

    with pytest.raises(GradcheckError, match="Backward is not reentrant"):
        check_backward(lambda x: x * 1, backward, X)


def test_a_backward_that_modifies_its_input_is_named() -> None:
    def backward(grad: Tensor, x: Tensor) -> Tensor:
        return grad * x.mul_(2)

    with pytest.raises(GradcheckError, match=r"backward modifies input 0 \(x\) in place"):
        check_backward(lambda x: x**2, backward, X)


def test_the_inputs_are_not_touched() -> None:
    before = X.clone()

    check_backward(lambda x: x**2, lambda grad, x: 2 * x * grad, X)

    assert torch.equal(X, before)
    assert X.grad is None


def test_forward_in_float32_alone_is_checked_in_it() -> None:
    assert check_backward(lambda x: x @ W, lambda grad, x: grad @ W.T, X)


@pytest.mark.parametrize(
    ("backward", "error", "message"),
    [
        (lambda: None, TypeError, "fits neither backward"),
        (lambda a, b, c: None, TypeError, "with 1 output(s) and 1 input(s)"),
        (lambda grad, x: "text", TypeError, "backward returned str"),
        (lambda grad, x: (grad, grad), TypeError, "2 gradients for 1 inputs"),
        (lambda grad, x: (3.0,), TypeError, "backward returned float for input 0 (x)"),
        (lambda grad, x: grad[0], GradcheckError, "has shape (3,), but input 0 (x) has shape"),
    ],
)
def test_wrong_calls_are_explained(
    backward: Callable[..., Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as caught:
        check_backward(lambda x: x * 2, backward, X)

    assert message in str(caught.value)


def test_nothing_to_check_is_refused() -> None:
    with pytest.raises(ValueError, match="needs at least one floating-point input"):
        check_backward(lambda i: i * 1.0, lambda grad, i: grad, torch.arange(3))
    with pytest.raises(ValueError, match="forward returned no floating-point output"):
        check_backward(lambda x: x > 0, lambda grad, x: grad, X)
