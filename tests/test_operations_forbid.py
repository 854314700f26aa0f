"""`forbid` and `require`: whose calls count, what is said, and that nothing else changes."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch
from torch import nn

from pytest_torchkata import ForbiddenOperation, MissingOperation, forbid, require


def test_the_message_names_the_operation_its_alias_the_line_the_reason_and_the_hint() -> None:
    def judged() -> None:
        with forbid("torch.sigmoid", reason="write it out", hint="read hints.md, step 2"):
            torch.special.expit(torch.zeros(2))

    with pytest.raises(ForbiddenOperation) as caught:
        judged()

    first, where, source, *rest = str(caught.value).splitlines()
    assert first == "torch.sigmoid is forbidden here, and was called as torch.special.expit"
    assert where.startswith(f"  at {Path(__file__).relative_to(Path.cwd())}:")
    assert where.endswith("judged")
    assert source == "    torch.special.expit(torch.zeros(2))"
    assert rest == ["  why: write it out", "  hint: read hints.md, step 2"]


def test_reasons_can_be_given_by_operation() -> None:
    reasons = {"torch.sigmoid": "the first", "torch.tanh": "the second"}

    with (
        pytest.raises(ForbiddenOperation, match="why: the second"),
        forbid(*reasons, reason=reasons),
    ):
        torch.tanh(torch.zeros(2))


def test_a_construction_is_said_to_be_one() -> None:
    message = (
        r"torch.nn.functional.linear is forbidden here, and was constructed as torch.nn.Linear"
    )

    with pytest.raises(ForbiddenOperation, match=message), forbid("torch.nn.functional.linear"):
        nn.Linear(2, 2)


def test_an_exception_that_is_swallowed_ends_the_block_all_the_same() -> None:
    def swallow() -> None:
        with contextlib.suppress(BaseException):
            torch.sigmoid(torch.zeros(2))

    with pytest.raises(ForbiddenOperation), forbid("torch.sigmoid"):
        swallow()


def test_a_failure_that_a_swallowed_call_leads_to_does_not_hide_it() -> None:
    def swallow() -> None:
        with contextlib.suppress(Exception):
            torch.sigmoid(torch.zeros(2))
        raise KeyError("no result")

    with pytest.raises(ForbiddenOperation) as caught, forbid("torch.sigmoid"):
        swallow()

    assert isinstance(caught.value.__cause__, KeyError)


def test_an_interrupt_is_not_replaced() -> None:
    def swallow() -> None:
        with contextlib.suppress(Exception):
            torch.sigmoid(torch.zeros(2))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), forbid("torch.sigmoid"):
        swallow()


def test_without_within_every_call_counts_that_is_not_torch_s_own() -> None:
    with forbid("torch.mm", "torch.isnan"):
        torch.matmul(torch.ones(2, 2), torch.ones(2, 2))
        torch.testing.assert_close(torch.ones(2), torch.ones(2))

    with pytest.raises(ForbiddenOperation), forbid("torch.mm"):
        torch.mm(torch.ones(2, 2), torch.ones(2, 2))


def test_several_operations_and_guards_within_guards() -> None:
    for outer, inner in (("torch.exp", "torch.log"), ("torch.log", "torch.exp")):
        with pytest.raises(ForbiddenOperation, match=r"torch.exp is"), forbid(outer), forbid(inner):
            torch.exp(torch.ones(1))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("torch.sigmiod", r"torch has no operation 'torch.sigmiod'. Did you mean .*sigmoid"),
        ("torch.nn.Lineer", r"torch has no operation 'torch.nn.Lineer'. Did you mean Linear"),
        ("zzzz", r"torch has no operation 'zzzz'\.$"),
    ],
)
def test_an_unknown_operation_is_refused(name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message), forbid(name):
        pass


def test_a_within_that_leads_nowhere_is_refused() -> None:
    message = "within='nowhere.py' is neither a file, a folder nor an imported module"

    with pytest.raises(ValueError, match=message), forbid("torch.exp", within="nowhere.py"):
        pass


def test_a_callable_is_as_good_as_its_name() -> None:
    with pytest.raises(ForbiddenOperation), forbid(torch.nn.functional.softmax):
        torch.softmax(torch.ones(2), 0)


def test_require_counts_calls() -> None:
    x = torch.zeros(2)

    with require("torch.sigmoid"):
        x.sigmoid()
        torch.special.expit(x)
    with require("torch.sigmoid", times=2):
        nn.Sigmoid()(x)
        torch.nn.functional.sigmoid(x)
    with require("torch.nn.functional.softmax", times=1):
        torch.nn.functional.softmax(x, 0)


def test_require_fails_for_an_operation_that_was_not_called() -> None:
    message = r"torch.gather was never called; it must be called at least once"

    with pytest.raises(MissingOperation, match=message), require("torch.gather", "torch.exp"):
        torch.exp(torch.ones(1))


def test_require_fails_for_another_number_of_calls_and_says_where_they_were() -> None:
    def twice() -> None:
        with require("torch.exp", times=1):
            torch.exp(torch.ones(1))
            torch.ones(1).exp()

    with pytest.raises(MissingOperation) as caught:
        twice()

    first, *sites = str(caught.value).splitlines()
    assert first == "torch.exp was called twice; it must be called once"
    assert len(sites) == 2


def test_require_leaves_another_failure_alone() -> None:
    with pytest.raises(KeyError), require("torch.exp"):
        raise KeyError("another")


def test_require_counts_only_calls_from_within() -> None:
    with pytest.raises(MissingOperation), require("torch.exp", within=nn):
        torch.exp(torch.ones(1))


def model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.Sigmoid(), nn.Linear(4, 1), nn.Softmax(-1))


def derivatives() -> list[torch.Tensor]:
    """Values, gradients, second derivatives and what hooks saw, of many operations."""
    network = model().double()
    x = torch.linspace(-1, 1, 6, dtype=torch.float64).view(2, 3).requires_grad_()
    seen: list[torch.Tensor] = []
    x.register_hook(lambda grad: seen.append(grad.clone()))  # type: ignore[no-untyped-call]  # torch's
    y = (network(x) + torch.sigmoid(x).sum() * (x @ x.t()).exp().sum()).sum()
    (first,) = torch.autograd.grad(y, x, create_graph=True)
    first.square().sum().backward()  # type: ignore[no-untyped-call]  # torch's
    assert x.grad is not None
    grads = [each.grad for each in network.parameters() if each.grad is not None]
    mapped = torch.func.vmap(torch.func.hessian(lambda row: torch.sigmoid(row).prod()))(x.detach())
    # Numbers among tensors, whose types are promoted in their own way.
    halves, tenth = torch.full((3,), 0.3, dtype=torch.float16), torch.tensor(0.1)
    whole = torch.arange(3)
    written = torch.zeros(3)
    written[1], written[whole == 2] = 2, 0.1
    numbers = [halves * 0.1, tenth == 0.1, whole * 2.5, 2 - whole, tenth * 3, whole**2, written]
    return [y, first, x.grad, mapped, *grads, *seen, *numbers]


# Guarded, but used nowhere in this file's name: nothing is accused.
GUARDED = (
    *("torch.sigmoid", "torch.matmul", "torch.mm", "torch.autograd", "torch.nn.Linear"),
    *("torch.mul", "torch.eq", "torch.Tensor.fill_", "torch.index_put", "torch.exp", "torch.sum"),
)


def test_values_gradients_and_hooks_are_the_same_under_a_guard(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.py").touch()
    expected = derivatives()

    with forbid(*GUARDED, within=tmp_path):
        guarded = derivatives()

    assert len(guarded) == len(expected)
    for one, other in zip(guarded, expected, strict=True):
        assert one.dtype == other.dtype
        assert torch.equal(one, other)
        assert (one.grad_fn is None) == (other.grad_fn is None)


def test_subclasses_stay_what_they_are_under_a_guard(tmp_path: Path) -> None:
    class Sub(torch.Tensor):
        pass

    with forbid(*GUARDED, within=tmp_path):
        assert type(torch.ones(2).as_subclass(Sub) * 2) is Sub
        assert type(torch.sigmoid(torch.ones(2).as_subclass(Sub))) is Sub
        assert isinstance(nn.Parameter(torch.ones(2)), nn.Parameter)


def state() -> list[object]:
    engine = torch.autograd.Variable._execution_engine
    return [
        nn.Linear.__init__.__code__,
        nn.Linear.forward.__code__,
        "__init__" in vars(nn.Sigmoid),
        vars(nn.Linear.__init__).keys(),
        torch.autograd.grad.__code__,
        threading.Thread.start.__code__,
        torch._C.ScriptFunction.__call__,
        torch.compile.__code__,
        engine,
        torch._C._len_torch_function_stack(),
        torch._C._dispatch_dump("aten::sigmoid"),
        torch._C._dispatch_dump("aten::matmul"),
    ]


@pytest.mark.parametrize("error", [None, RuntimeError("x"), KeyboardInterrupt()])
def test_everything_is_put_back_at_the_end(error: BaseException | None) -> None:
    before = state()

    with contextlib.suppress(RuntimeError, KeyboardInterrupt), forbid(*GUARDED, within=nn):
        assert state() != before
        if error is not None:
            raise error

    assert state() == before


def test_a_signature_and_the_source_stay_readable_under_a_guard() -> None:
    import inspect

    signature = inspect.signature(nn.Linear)

    with forbid("torch.nn.Linear", within=nn):
        assert inspect.signature(nn.Linear) == signature
        assert "super().__init__()" in inspect.getsource(nn.Linear.__init__)


@pytest.mark.filterwarnings("ignore")
def test_a_module_can_be_scripted_and_traced_under_a_guard(tmp_path: Path) -> None:
    x = torch.ones(2, 3)

    with forbid("torch.nn.Linear", "torch.sigmoid", within=tmp_path):
        network = model().eval()
        expected = network(x)
        assert torch.equal(torch.jit.script(network)(x), expected)
        traced = torch.jit.trace(network, x)  # type: ignore[no-untyped-call]  # torch's
        assert torch.equal(traced(x), expected)


def test_a_thread_that_outlives_the_block_is_not_judged() -> None:
    done, go = threading.Event(), threading.Event()
    results: list[torch.Tensor] = []

    def work() -> None:
        go.wait(10)
        results.append(torch.sigmoid(torch.zeros(1)))
        done.set()

    with forbid("torch.sigmoid"):
        threading.Thread(target=work).start()
    go.set()
    done.wait(10)

    assert len(results) == 1


def test_the_frames_of_a_refused_call_can_be_read() -> None:
    # SGD.__init__ has a closure, for super(): pytest's traceback asks every frame for its locals.
    weight = torch.zeros(1)

    with pytest.raises(ForbiddenOperation) as caught, forbid("torch.optim"):
        torch.optim.SGD([weight], lr=0.1)

    trace = caught.tb
    names = []
    while trace is not None:
        names.append(trace.tb_frame.f_code.co_name)
        assert isinstance(dict(trace.tb_frame.f_locals), dict)
        trace = trace.tb_next  # type: ignore[assignment]  # None at the end
    assert "__init__" in names


def test_importing_the_package_loads_no_dynamo() -> None:
    import subprocess

    code = (
        "import sys, torch; from pytest_torchkata import forbid\n"
        "with forbid('torch.sigmoid'): pass\n"
        "assert 'torch._dynamo' not in sys.modules"
    )

    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_call_that_is_typed_and_in_no_file_counts() -> None:
    code = """
import torch
from torch import nn

from pytest_torchkata import ForbiddenOperation, forbid

for call in (lambda: nn.Linear(1, 1), lambda: torch.ones(1).exp()):
    try:
        with forbid("torch.nn.Linear", "torch.exp"):
            call()
    except ForbiddenOperation as error:
        print(str(error).splitlines()[0])
"""

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")

    assert done.stdout.splitlines() == [
        "torch.nn.Linear is forbidden here, and was constructed",
        "torch.exp is forbidden here, and was called as torch.Tensor.exp",
    ], done.stderr
