"""`gradcheck` of modules: parameters by name, on a copy."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from pytest_torchkata import GradcheckError, gradcheck, gradgradcheck


class Affine(nn.Module):
    """x @ weight + bias, with what is detached chosen."""

    def __init__(self, wrong: str = "") -> None:
        super().__init__()
        torch.manual_seed(0)
        self.weight = nn.Parameter(torch.randn(3, 2))
        self.bias = nn.Parameter(torch.randn(2))
        self.wrong = wrong

    def forward(self, x: Tensor) -> Tensor:
        weight = self.weight.detach() if self.wrong == "weight" else self.weight
        bias = self.bias.detach() if self.wrong == "bias" else self.bias
        x = x.detach() if self.wrong == "x" else x
        return x @ weight + bias


@pytest.fixture
def x() -> Tensor:
    return torch.randn(4, 3, generator=torch.Generator().manual_seed(1))


def test_a_wrong_parameter_gradient_is_found_where_torch_says_true(x: Tensor) -> None:
    module = Affine("weight")
    assert torch.autograd.gradcheck(copy.deepcopy(module).double(), (x.double().requires_grad_(),))

    with pytest.raises(GradcheckError, match="no gradient reaches parameter weight") as caught:
        gradcheck(module, x)

    assert [each.name for each in caught.value.mismatches] == ["parameter weight"]
    assert caught.value.mismatches[0].shape == (3, 2)


@pytest.mark.parametrize("wrong", ["weight", "bias", "x"])
@pytest.mark.parametrize("batched", [True, False])
@pytest.mark.parametrize("fast_mode", [True, False])
def test_what_is_wrong_is_named(wrong: str, batched: bool, fast_mode: bool, x: Tensor) -> None:
    with pytest.raises(GradcheckError) as caught:
        gradcheck(Affine(wrong), x, batched=batched, fast_mode=fast_mode)

    name = "input 0 (x)" if wrong == "x" else f"parameter {wrong}"
    assert [each.name for each in caught.value.mismatches] == [name]
    assert f"no gradient reaches {name}" in str(caught.value)


def test_parameters_are_named_by_their_path(x: Tensor) -> None:
    model = nn.Sequential(nn.Linear(3, 3), nn.Sequential(nn.Tanh(), Affine("bias")))

    with pytest.raises(GradcheckError, match=r"parameter 1\.1\.bias, shape \(2,\)"):
        gradcheck(model, x)


def test_parameters_can_be_left_out(x: Tensor) -> None:
    assert gradcheck(Affine("weight"), x, params=False)


def test_frozen_parameters_are_not_checked(x: Tensor) -> None:
    module = Affine("weight")
    module.weight.requires_grad_(False)

    assert gradcheck(module, x)


def test_the_inputs_that_are_marked_are_checked_and_no_others(x: Tensor) -> None:
    bilinear = nn.Bilinear(3, 3, 2)
    assert gradcheck(bilinear, (x, x.clone()))

    class OneWay(nn.Module):
        def forward(self, x: Tensor, y: Tensor) -> Tensor:
            return x * y.detach()

    assert gradcheck(OneWay(), (x.clone().requires_grad_(), x))
    with pytest.raises(GradcheckError, match=r"no gradient reaches input 1 \(y\)"):
        gradcheck(OneWay(), (x, x))


def test_the_caller_is_untouched(x: Tensor) -> None:
    calls: list[str] = []
    module = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 2))
    module.register_forward_hook(lambda *_: calls.append("forward"))
    module[0].eval()
    module(x).sum().backward()
    state = copy.deepcopy(module.state_dict())
    gradients = [parameter.grad.clone() for parameter in module.parameters()]  # type: ignore[union-attr]  # backward ran
    modes = [part.training for part in module.modules()]
    random_state = torch.get_rng_state()
    hooks = dict(module._forward_hooks)
    value = x.clone()

    assert gradcheck(module, x)

    assert [part.training for part in module.modules()] == modes
    assert all(torch.equal(state[name], now) for name, now in module.state_dict().items())
    for gradient, parameter in zip(gradients, module.parameters(), strict=True):
        assert parameter.dtype == torch.float32
        assert torch.equal(gradient, parameter.grad)  # type: ignore[arg-type]  # backward ran
    assert dict(module._forward_hooks) == hooks
    assert torch.equal(torch.get_rng_state(), random_state)
    assert torch.equal(x, value)
    assert not x.requires_grad


def test_a_shared_parameter_is_checked_once(x: Tensor) -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Linear(3, 3)
            self.second = nn.Linear(3, 3)
            self.second.weight = self.first.weight

        def forward(self, x: Tensor) -> Tensor:
            wrong = self.second.weight.detach()
            return torch.tanh(self.first(x)) @ wrong + self.second.bias

    with pytest.raises(GradcheckError) as caught:
        gradcheck(Tied(), x)

    assert [each.name for each in caught.value.mismatches] == ["parameter first.weight"]


def test_buffers_are_checked_on_request(x: Tensor) -> None:
    class Scaled(nn.Module):
        scale: Tensor

        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("scale", torch.tensor([1.0, 2.0, 3.0]))

        def forward(self, x: Tensor) -> Tensor:
            return x * self.scale * self.scale.detach()

    assert gradcheck(Scaled(), x)
    with pytest.raises(GradcheckError, match="buffer scale, shape"):
        gradcheck(Scaled(), x, buffers=True)


@pytest.mark.parametrize("training", [True, False])
def test_the_mode_is_that_of_the_caller(training: bool, x: Tensor) -> None:
    class ModeDependent(Affine):
        def forward(self, x: Tensor) -> Tensor:
            return x @ (self.weight.detach() if self.training else self.weight)

    module = ModeDependent().train(training)

    assert gradcheck(module, x, raise_exception=False) is not training


@pytest.mark.parametrize("batched", [True, False])
@pytest.mark.parametrize("order", [1, 2])
def test_random_layers_are_checked(batched: bool, order: Any, x: Tensor) -> None:
    module = nn.Sequential(Affine(), nn.Dropout(0.5), nn.Tanh())

    assert gradcheck(module, x, batched=batched, order=order)
    with pytest.raises(GradcheckError, match=r"parameter 0\.weight"):
        gradcheck(nn.Sequential(Affine("weight"), nn.Dropout(0.5)), x, batched=batched)


def test_lazy_modules_are_materialised_in_the_copy_only(x: Tensor) -> None:
    lazy = nn.LazyLinear(2)

    assert gradcheck(nn.Sequential(lazy, nn.Tanh()), x)

    assert nn.parameter.is_lazy(lazy.weight)


@pytest.mark.parametrize(
    ("module", "shapes"),
    [
        (nn.Linear(3, 2), [(4, 3)]),
        (nn.Conv2d(2, 2, 3), [(1, 2, 4, 4)]),
        (nn.LayerNorm(3), [(4, 3)]),
        (nn.BatchNorm1d(3), [(4, 3)]),
        (nn.BatchNorm1d(3).eval(), [(4, 3)]),
        (nn.InstanceNorm1d(3, affine=True), [(2, 3, 4)]),
        (nn.GRU(3, 2), [(3, 2, 3)]),
        (nn.LSTM(3, 2, batch_first=True), [(2, 3, 3)]),
        (nn.MultiheadAttention(4, 2, batch_first=True), [(1, 3, 4)] * 3),
        (nn.TransformerEncoderLayer(4, 2, 5, dropout=0.1, batch_first=True), [(1, 3, 4)]),
        (nn.utils.parametrizations.weight_norm(nn.Linear(3, 2)), [(4, 3)]),
        (nn.utils.parametrizations.spectral_norm(nn.Linear(3, 2)).eval(), [(4, 3)]),
        (nn.PReLU(), [(4, 3)]),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else "",
)
def test_torchs_modules_pass(module: nn.Module, shapes: list[tuple[int, ...]]) -> None:
    own = torch.Generator().manual_seed(2)
    inputs = [torch.randn(shape, generator=own) for shape in shapes]

    assert gradcheck(module, inputs)
    assert gradcheck(module, inputs, fast_mode=True)


def test_second_order_of_a_module(x: Tensor) -> None:
    assert gradgradcheck(nn.Sequential(Affine(), nn.Tanh()), x)
    with pytest.raises(GradcheckError, match=r"no gradient reaches parameter 0\.bias"):
        gradgradcheck(nn.Sequential(Affine("bias"), nn.Tanh()), x)


def test_a_module_that_keeps_intermediate_results_can_be_copied(x: Tensor) -> None:
    class Keeps(Affine):
        def forward(self, x: Tensor) -> Tensor:
            self.last = super().forward(x)
            return self.last

    module = Keeps()
    module(x)

    assert gradcheck(module, x)


def test_a_module_with_low_precision_constants_is_checked_in_float64(x: Tensor) -> None:
    class Masked(Affine):
        def __init__(self) -> None:
            super().__init__()
            self.mask = torch.tensor([1.0, 0.0])

        def forward(self, x: Tensor) -> Tensor:
            return torch.mm(super().forward(x), torch.diag(self.mask))

    assert gradcheck(Masked(), x)


def test_a_module_that_caches_its_last_input_is_checked(x: Tensor) -> None:
    class Cached(Affine):
        last: Tensor | None = None

        def forward(self, x: Tensor) -> Tensor:
            if self.last is not None:
                assert self.last.shape == x.shape
                float(self.last.sum())  # a tensor of an earlier batch would be dead here
            self.last = x.detach()
            return super().forward(x)

    assert gradcheck(Cached(), x)
