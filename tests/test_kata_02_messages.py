"""What a learner reads of typical mistakes in kata 02: enough to go on by."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_torchkata._kata import courses

SOLUTIONS = Path(__file__).parent / "katas" / "02_logistic"
# Writes what the screen would show of each failed step.
CONFTEST = """\
import json

def pytest_runtest_logreport(report):
    record = getattr(report, "torchkata", None)
    if record and report.failed:
        with open("failures", "a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\\n")
"""

# A mistake, the step that tells of it, and what the text must hold, in this order.
MISTAKES: dict[str, tuple[str, tuple[str, ...]]] = {
    "sigmoid_naive": (
        "test_sigmoid_of_very_negative_numbers",
        (
            "sigmoid(-89) must be 2.227e-39 in torch.float32; yours is 0",
            "exp(89) is infinite in torch.float32: find a form that never needs it",
            "torch.tensor([-89.])",
        ),
    ),
    "sigmoid_exp_over_exp": (
        "test_sigmoid_of_huge_numbers",
        ("sigmoid(1000) must be 1 in torch.float32; yours is nan", "z=torch.tensor([1000.])"),
    ),
    "sigmoid_float32_inside": (
        "test_sigmoid_follows_its_formula",
        ("sigmoid(1) must be 0.731058579 in torch.float64; yours is 0.731058598",),
    ),
    "sigmoid_torch_function": (
        "test_sigmoid_follows_its_formula",
        (
            "torch.sigmoid is forbidden here, and was called",
            "logistic.py:",
            "return torch.sigmoid(z)",
            "what this kata asks you to write",
            "hints.md",
        ),
    ),
    "sigmoid_in_place": (
        "test_nothing_given_is_changed",
        ("sigmoid(x) changed x", "x=tensor([[1.]])"),
    ),
    "loss_sum": (
        "test_loss_is_the_mean_over_samples",
        (
            "the loss must be 0.06454; yours is 0.1291",
            "batch=(torch.tensor([[0.0625, 0.0625]]), torch.tensor([[0., 0.]]))",
        ),
    ),
    "loss_not_clamped": (
        "test_loss_is_finite_at_zero_and_one",
        (
            "the loss must be 0; yours is nan (0 times infinity is NaN: clamp before you multiply)",
            "(yhat): torch.tensor([[0.]])",
        ),
    ),
    "loss_epsilon": (
        "test_loss_is_finite_at_zero_and_one",
        ("the loss must be 100; yours is 27.63", "(y): torch.tensor([[1.]])"),
    ),
    "loss_broadcasts": (
        "test_what_does_not_fit_is_refused",
        (
            "loss(yhat, y) for yhat of shape (1, 2) and y of shape (2,) must raise ValueError",
            "it returned tensor(",
        ),
    ),
    "init_parameters": (
        "test_a_new_model_starts_at_zero",
        ("w must be a buffer: nothing but optimize() may change it; it is an nn.Parameter",),
    ),
    "init_no_super": (
        "test_a_new_model_starts_at_zero",
        ("Module.__init__() call", "your line: logistic.py:", "self.register_buffer("),
    ),
    "init_b_vector": (
        "test_a_new_model_starts_at_zero",
        ("for 1 features, b has shape (); yours has (1,)",),
    ),
    "forward_cpu_inside": (
        "test_w_and_b_travel_with_the_model",
        ("model(x) computes with something that model.to(...) left behind: ",),
    ),
    "backward_sum": (
        "test_backward_stores_the_gradient",
        ("after backward, grads['dw'] must be x (yhat - y)^T / m", "0.125", "0.0625"),
    ),
    "backward_accumulates": (
        "test_backward_starts_afresh",
        ("after backward with the same arguments again, grads['dw'] must be x (yhat - y)^T / m",),
    ),
    "optimize_momentum": (
        "test_training_lowers_the_loss",
        ("each with the gradient of that moment alone",),
    ),
}


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The text of each mistake, by its name: one run of pytest for all of them."""
    root = tmp_path_factory.mktemp("course")
    steps: list[str] = []
    names: dict[str, str] = {}
    for number, (name, (step, _)) in enumerate(MISTAKES.items(), start=10):
        folder = root / "katas" / f"{number}_logistic"
        shutil.copytree(
            courses.source() / "02_logistic",
            folder,
            ignore=shutil.ignore_patterns("__pycache__", "*.md"),
        )
        shutil.copyfile(SOLUTIONS / f"wrong_{name}.py", folder / "logistic.py")
        shutil.copyfile(SOLUTIONS / "solution.py", folder / "solution.py")
        steps.append(f"katas/{folder.name}/test_logistic.py::{step}")
        names[str(folder)] = name
    (root / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (root / "pyproject.toml").write_text(
        '[tool.pytest.ini_options]\naddopts = ["--import-mode=importlib"]\n', encoding="utf-8"
    )
    subprocess.run(
        [sys.executable, "-m", "pytest", *steps, "--hypothesis-seed=0", "-pno:randomly", "-q"],
        cwd=root,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        check=False,
    )
    lines = (root / "failures").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    return {names[record["kata"]]: record["text"] for record in records}


@pytest.mark.parametrize("name", MISTAKES)
def test_the_text_leads_to_the_mistake(name: str, texts: dict[str, str]) -> None:
    text = texts[name]

    place = 0
    for part in MISTAKES[name][1]:
        assert part in text[place:], f"{part!r} is not in what follows here:\n{text[place:]}"
        place = text.index(part, place)
    assert len(text.splitlines()) <= 40
