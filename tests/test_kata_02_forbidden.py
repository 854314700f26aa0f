"""What kata 02 forbids is caught under every name it goes by, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from pytest_torchkata import ForbiddenOperation, forbid
from pytest_torchkata._kata import courses, metadata

RULE = metadata.load(courses.source() / "02_logistic").forbidden
HEAD = """\
import torch
from torch import nn
from torch.nn import functional as F

z = torch.tensor([[-1.0, 2.0]])
p, y = torch.tensor([[0.25, 0.75]]), torch.tensor([[0.0, 1.0]])


def square(x):
    return (x * x).sum()
"""

SIGMOID = [
    "torch.sigmoid(z)",
    "torch.sigmoid(z, out=torch.empty_like(z))",
    "torch.sigmoid_(z.clone())",
    "z.sigmoid()",
    "z.clone().sigmoid_()",
    "torch.special.expit(z)",
    "F.sigmoid(z)",
    "nn.Sigmoid()",
    "nn.Sequential(nn.Sigmoid())(z)",
    "F.logsigmoid(z)",
    "nn.LogSigmoid()(z)",
    "torch.ops.aten.sigmoid(z)",
    "torch.ops.aten.sigmoid.default(z)",
    "torch.ops.aten.log_sigmoid(z)",
    "torch._foreach_sigmoid([z])",
    "getattr(z, 'sig' + 'moid')()",
    "list(map(torch.sigmoid, [z]))",
    "torch.func.vmap(torch.sigmoid)(z)",
    "torch.distributions.transforms.SigmoidTransform()(z)",
]
LOSS = [
    "F.binary_cross_entropy(p, y)",
    "F.binary_cross_entropy_with_logits(z, y)",
    "nn.BCELoss()",
    "nn.BCELoss()(p, y)",
    "nn.BCEWithLogitsLoss()(z, y)",
    "torch.binary_cross_entropy_with_logits(z, y)",
    "torch.ops.aten.binary_cross_entropy(p, y)",
    "torch._C._nn.binary_cross_entropy(p, y)",
]
GRADIENT = [
    "square(z.clone().requires_grad_()).backward()",
    "torch.Tensor.backward(square(z.clone().requires_grad_()))",
    "torch.autograd.backward(square(z.clone().requires_grad_()))",
    "(lambda v: torch.autograd.grad(square(v), v))(z.clone().requires_grad_())",
    "torch.func.grad(square)(z)",
    "torch.func.grad_and_value(square)(z)",
    "torch.func.vjp(square, z)",
    "torch.func.jvp(square, (z,), (z,))",
    "torch.func.jacrev(square)(z)",
    "torch.func.jacfwd(square)(z)",
    "torch.func.hessian(square)(z)",
    "torch.func.linearize(square, z)",
    "torch.autograd.functional.jacobian(square, z)",
    "torch.autograd.functional.vjp(square, z)",
    "torch.autograd.functional.hessian(square, z)",
]
STEP = [
    "torch.optim.SGD([z], lr=0.1)",
    "torch.optim.Adam([z])",
    "torch.optim.AdamW([z])",
    "torch.optim.LBFGS([z])",
    "type('Own', (torch.optim.SGD,), {})([z], lr=0.1)",
]
ALLOWED = [
    "torch.exp(-z.abs())",
    "F.softplus(z)",
    "torch.tanh(z)",
    "torch.logaddexp(z, -z)",
    "torch.where(z < 0, z, 1).log().clamp(min=-100).mean()",
    "torch.func.vmap(torch.exp)(z)",
    "nn.Module().register_buffer('w', z)",
    "z.clone().requires_grad_()",
    "z.sub_(z, alpha=0.1)",
    "torch.no_grad().__enter__()",
]


def run(expression: str, tmp_path: Path) -> None:
    """Compute `expression` as code of a learner's file, under the rules of the kata."""
    path = tmp_path / "logistic.py"
    path.write_text(f"{HEAD}\n\ndef answer():\n    return {expression}\n", encoding="utf-8")
    names: dict[str, object] = {"__file__": str(path), "__name__": "logistic"}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), names)
    answer = names["answer"]
    assert callable(answer)
    with torch.enable_grad(), forbid(*RULE.operations, within=path):
        answer()


@pytest.mark.parametrize("expression", [*SIGMOID, *LOSS, *GRADIENT, *STEP])
def test_it_is_forbidden_under_every_name(expression: str, tmp_path: Path) -> None:
    if "linearize" in expression and not hasattr(torch.func, "linearize"):
        pytest.skip("this torch has no torch.func.linearize")
    with pytest.raises(ForbiddenOperation) as caught:
        run(expression, tmp_path)

    assert "logistic.py:14, in answer" in str(caught.value)


@pytest.mark.parametrize("expression", ALLOWED)
def test_what_a_solution_needs_is_not_forbidden(expression: str, tmp_path: Path) -> None:
    run(expression, tmp_path)
