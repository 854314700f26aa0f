"""`forbid(within=...)` against ways to hide a forbidden call, and code that must not be accused."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import pytest
import torch

from pytest_torchkata import ForbiddenOperation, forbid

HEADER = """\
import asyncio, concurrent.futures, functools, operator, queue, threading
import torch, torch.nn.functional as F, torch.utils.checkpoint
from torch import nn, sigmoid as hidden
from torch.special import expit

"""

# Each is the body of a module that defines f(x), and calls sigmoid, which is forbidden.
DISGUISES = {
    "function": "def f(x): return torch.sigmoid(x)",
    "method": "def f(x): return x.sigmoid()",
    "unbound method": "def f(x): return torch.Tensor.sigmoid(x)",
    "alias imported before": "def f(x): return hidden(x)",
    "special": "def f(x): return expit(x)",
    "functional": "def f(x): return F.sigmoid(x)",
    "in place": "def f(x): return x.clone().sigmoid_()",
    "in place function": "def f(x): return torch.sigmoid_(x.clone())",
    "out": "def f(x): return torch.sigmoid(x, out=torch.empty_like(x))",
    "foreach": "def f(x): return torch._foreach_sigmoid([x])",
    "aten packet": "def f(x): return torch.ops.aten.sigmoid(x)",
    "aten overload": "def f(x): return torch.ops.aten.sigmoid.default(x)",
    "aten out": "def f(x): return torch.ops.aten.sigmoid.out(x, out=torch.empty_like(x))",
    "torch._C": "def f(x): return torch._C._VariableFunctions.sigmoid(x)",
    "torch._C special": "def f(x): return torch._C._special.special_expit(x)",
    "jit operator": "def f(x): return torch._C._jit_get_operation('aten::sigmoid')[0](x)",
    "module": "def f(x): return nn.Sigmoid()(x)",
    "module made before": "m = nn.Sigmoid()\ndef f(x): return m(x)",
    "module in a container": "m = nn.Sequential(nn.Sigmoid())\ndef f(x): return m(x)",
    "functional call": "m = nn.Sigmoid()\ndef f(x): return torch.func.functional_call(m, {}, (x,))",
    "subclass of the module": "class S(nn.Sigmoid): pass\ndef f(x): return S()(x)",
    "partial": "p = functools.partial(torch.sigmoid)\ndef f(x): return p(x)",
    "getattr": "def f(x): return getattr(torch, 'sig' + 'moid')(x)",
    "methodcaller": "def f(x): return operator.methodcaller('sigmoid')(x)",
    "map": "def f(x): return list(map(torch.sigmoid, [x]))",
    "eval": "def f(x): return eval('torch.sigmoid(x)')",
    "exec": "def f(x): exec('import torch; torch.sigmoid(x)', {'x': x})",
    "vmap": "def f(x): return torch.vmap(torch.sigmoid)(x)",
    "grad": "def f(x): return torch.func.grad(lambda x: torch.sigmoid(x).sum())(x)",
    "vjp": "def f(x): return torch.func.vjp(torch.sigmoid, x)",
    "jacobian": "def f(x): return torch.autograd.functional.jacobian(torch.sigmoid, x)",
    "checkpoint": """
        def f(x):
            return torch.utils.checkpoint.checkpoint(torch.sigmoid, x, use_reentrant=False)
    """,
    "tree map": "def f(x): return torch.utils._pytree.tree_map(torch.sigmoid, [x])",
    "script": """
        @torch.jit.script
        def scripted(x):
            return torch.sigmoid(x)
        def f(x): return scripted(x)
    """,
    "script called by the test": """
        @torch.jit.script
        def f(x):
            return torch.sigmoid(x)
    """,
    "scripted module": """
        class S(nn.Module):
            def forward(self, x):
                return x.sigmoid()
        f = torch.jit.script(S())
    """,
    "trace": "f = torch.jit.trace(lambda x: x.sigmoid(), torch.zeros(2, 2))",
    "compiled before": """
        compiled = torch.compile(lambda x: x.sigmoid(), backend="eager")
        compiled(torch.zeros(2, 2))
        def f(x): return compiled(x)
    """,
    "compiled operation": "f = torch.compile(torch.sigmoid, backend='eager')",
    "autograd function": """
        class G(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x): return x.clone()
            @staticmethod
            def backward(ctx, grad): return grad.sigmoid()
        def f(x): G.apply(x.clone().requires_grad_()).sum().backward()
    """,
    "tensor hook": """
        def f(x):
            x = x.clone().requires_grad_()
            x.register_hook(torch.sigmoid)
            x.sum().backward()
    """,
    "module hook": """
        def f(x):
            m = nn.Identity()
            m.register_forward_hook(lambda m, args, out: out.sigmoid())
            return m(x)
    """,
    "thread": """
        def f(x):
            t = threading.Thread(target=lambda: torch.sigmoid(x))
            t.start(); t.join()
    """,
    "thread of the operation": """
        def f(x):
            t = threading.Thread(target=torch.sigmoid, args=(x,))
            t.start(); t.join()
    """,
    "pool made before": """
        pool = concurrent.futures.ThreadPoolExecutor(1)
        pool.submit(int).result()
        def f(x): return pool.submit(torch.sigmoid, x).result()
    """,
    "thread made before": """
        jobs, done = queue.Queue(), queue.Queue()
        def work():
            while True:
                x = jobs.get()
                try: done.put(torch.sigmoid(x))
                except BaseException as error: done.put(error)
        threading.Thread(target=work, daemon=True).start()
        def f(x): jobs.put(x); return done.get()
    """,
    "coroutine": """
        async def g(x): return torch.sigmoid(x)
        def f(x): return asyncio.run(g(x))
    """,
    "modes disabled": """
        def f(x):
            with torch._C.DisableTorchFunction():
                return torch.sigmoid(x)
    """,
    "under another mode": """
        def f(x):
            with torch.device("cpu"):
                return torch.sigmoid(x)
    """,
    "inference mode": """
        def f(x):
            with torch.inference_mode():
                return torch.sigmoid(x)
    """,
    "subclass that does something else": """
        class S(torch.Tensor):
            @classmethod
            def __torch_function__(cls, func, types, args=(), kwargs=None):
                return super().__torch_function__(torch.sigmoid, types, args, {})
        def f(x): return x.as_subclass(S).relu()
    """,
    "callback of an operation": """
        def f(x): return x.clone().apply_(lambda v: float(torch.sigmoid(torch.tensor(v))))
    """,
    "the operation itself": "f = torch.sigmoid",
    "the operation in a class": "class K:\n    g = staticmethod(torch.sigmoid)\nf = K.g",
    "swallowed": """
        def f(x):
            try: return torch.sigmoid(x)
            except: return x
    """,
}

# Nothing here uses mm itself, which is forbidden; `own` is a function of the test's.
ALLOWED = {
    "composite": "def f(x, own): return x @ x, torch.einsum('ij,jk->ik', x, x), F.linear(x, x)",
    "modules": "def f(x, own): return nn.Linear(2, 2)(x), nn.LSTM(2, 2)(x)",
    "backward": """
        def f(x, own):
            x = x.clone().requires_grad_()
            (x @ x).sum().backward()
    """,
    "scripted composite": """
        @torch.jit.script
        def scripted(x):
            return torch.matmul(x, x)
        def f(x, own): return scripted(x)
    """,
    "composite with modes disabled": """
        def f(x, own):
            with torch._C.DisableTorchFunction():
                return x @ x, torch.matmul(x, x), x.matmul(x)
    """,
    "composite in a subclass": """
        class S(torch.Tensor):
            @classmethod
            def __torch_function__(cls, func, types, args=(), kwargs=None):
                return super().__torch_function__(func, types, args, kwargs or {})
        def f(x, own): return x.as_subclass(S) @ x.as_subclass(S)
    """,
    "composite under vmap": "def f(x, own): return torch.vmap(torch.matmul)(x[None], x[None])",
    "optimizer": """
        def f(x, own):
            p = x.clone().requires_grad_()
            optimizer = torch.optim.Adam([p])
            (p @ p).sum().backward()
            optimizer.step()
    """,
    "the test's own function": "def f(x, own): return own(x)",
    "a name that is never called": "mm = torch.mm\ndef f(x, own): return x",
}


@pytest.fixture
def loaded(tmp_path: Path) -> Iterator[list[ModuleType]]:
    """A list to which `load` appends what it has to unload."""
    modules: list[ModuleType] = []
    yield modules
    for module in modules:
        sys.modules.pop(module.__name__, None)


def load(folder: Path, loaded: list[ModuleType], body: str) -> ModuleType:
    path = folder / "learner.py"
    path.write_text(HEADER + dedent(body).lstrip("\n") + "\n")
    spec = importlib.util.spec_from_file_location(f"learner_{abs(hash(body))}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    loaded.append(module)
    spec.loader.exec_module(module)
    return module


@pytest.mark.filterwarnings("ignore")  # TorchScript is deprecated; a thread's exception is meant
@pytest.mark.parametrize("body", DISGUISES.values(), ids=DISGUISES)
def test_a_hidden_call_is_found(body: str, tmp_path: Path, loaded: list[ModuleType]) -> None:
    learner = load(tmp_path, loaded, body)
    x = torch.zeros(2, 2)

    def judged() -> None:
        with forbid("torch.sigmoid", within=learner):
            learner.f(x)

    with pytest.raises(ForbiddenOperation, match="sigmoid is forbidden here") as caught:
        judged()

    assert "learner.py:" in str(caught.value)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("body", ALLOWED.values(), ids=ALLOWED)
def test_what_is_allowed_is_not_accused(
    body: str, tmp_path: Path, loaded: list[ModuleType]
) -> None:
    learner = load(tmp_path, loaded, body)
    x = torch.ones(2, 2)

    with forbid("torch.mm", within=learner):
        torch.mm(x, x)
        learner.f(x, lambda x: torch.mm(x, x))
        torch.vmap(torch.mm)(x[None], x[None])


UNDER_TEST_TOOLS = """
import sys, types, unittest, warnings

warnings.simplefilter("ignore")
sys.modules.setdefault("expecttest", types.SimpleNamespace(TestCase=unittest.TestCase))
import torch
import torch.testing._internal.common_utils
from pytest_torchkata import ForbiddenOperation, forbid

@torch.jit.script
def composite(x):
    return torch.matmul(x, x)

@torch.jit.script
def plain(x):
    return torch.mm(x, x)

x = torch.ones(2, 2)
with forbid("torch.mm", within=__file__):
    composite(x)
try:
    with forbid("torch.mm", within=__file__):
        plain(x)
except ForbiddenOperation as error:
    print(error)
"""


def test_scripted_calls_are_judged_alike_once_torch_s_test_tools_wrap_them(tmp_path: Path) -> None:
    path = tmp_path / "learner.py"
    path.write_text(UNDER_TEST_TOOLS)

    done = subprocess.run(
        [sys.executable, path], capture_output=True, text=True, timeout=120, check=False
    )

    assert done.returncode == 0, done.stderr
    assert "torch.mm is forbidden here" in done.stdout
    line = UNDER_TEST_TOOLS[: UNDER_TEST_TOOLS.index("torch.mm(")].count("\n") + 1
    assert f"learner.py:{line}, in a scripted function" in done.stdout


OTHER_KINDS = [
    ("torch.matmul", "def f(x): return x @ x"),
    ("@", "def f(x): return torch.linalg.matmul(x, x)"),
    ("torch.matmul", "def f(x): return operator.matmul(x, x)"),
    ("torch.matmul", "def f(x): y = x.clone(); y @= x"),
    ("torch.transpose", "def f(x): return x.T"),
    ("torch.transpose", "def f(x): return x.mT"),
    ("torch.Tensor.data", "def f(x): return x.data"),
    ("torch.Tensor.data", "def f(x): return getattr(x, 'data')"),
    ("torch.Tensor.data", "def f(x): x.data = x"),
    ("torch.nn.functional.linear", "def f(x): return nn.Linear(2, 2)"),
    ("torch.nn.Linear", "def f(x): return F.linear(x, x)"),
    ("torch.nn.Linear", "def f(x): return torch._C._nn.linear(x, x)"),
    ("torch.nn.Linear", "def f(x): return nn.LazyLinear(2)"),
    ("torch.nn.Linear", "class L(nn.Linear): pass\ndef f(x): return L(2, 2)"),
    ("torch.nn.Linear", "class L(nn.Linear): pass\nf = lambda x: L"),
    ("torch.Tensor.backward", "def f(x): x.clone().requires_grad_().sum().backward()"),
    ("torch.Tensor.backward", "def f(x): torch.autograd.backward(x.requires_grad_().sum())"),
    (
        "torch.autograd",
        """
        def f(x):
            engine = torch.autograd.Variable._execution_engine
            y = x.clone().requires_grad_().sum()
            engine.run_backward((y,), (torch.ones(()),), False, False, (), accumulate_grad=True)
        """,
    ),
    ("torch.autograd.grad", "def f(x): y = x.requires_grad_(); torch.autograd.grad(y.sum(), y)"),
    ("torch.func.grad", "def f(x): return torch.func.grad(torch.sum)(x)"),
    ("torch.func.grad", "@torch.func.grad\ndef g(x): return x.sum()\ndef f(x): return g(x)"),
    ("torch.autograd", "def f(x): return torch.func.jacrev(torch.sin)(x)"),
    ("torch.optim", "def f(x): return torch.optim.SGD([x], lr=1)"),
    (
        "torch.optim",
        """
        class O(torch.optim.Optimizer):
            def __init__(self, params): super().__init__(params, {})
        def f(x): return O([x])
        """,
    ),
    ("torch.utils.data.DataLoader", "def f(x): return torch.utils.data.DataLoader([1])"),
    ("torch.utils.data.DataLoader", "D = torch.utils.data.DataLoader\ndef f(x): return D([1])"),
    ("torch.nn.Module.apply", "def f(x): nn.Identity().apply(print)"),
    ("torch.nn.Module.named_modules", "def f(x): list(nn.Identity().named_modules())"),
    ("torch.cat", "def f(x): return torch.concatenate([x, x])"),
    ("torch.chunk", "def f(x): return x.chunk(2)"),
    ("torch.Tensor.view", "def f(x): return x.view_as(x)"),
    ("torch.split", "def f(x): return x.split(1)"),
    ("torch.unflatten", "def f(x): return x.unflatten(0, (1, 2))"),
    ("torch.nn.functional.one_hot", "def f(x): return F.one_hot(x.long())"),
]


@pytest.mark.parametrize(
    ("operation", "body"),
    OTHER_KINDS,
    ids=[f"{name}-{n}" for n, (name, _) in enumerate(OTHER_KINDS)],
)
def test_other_kinds_of_operations_are_found(
    operation: str, body: str, tmp_path: Path, loaded: list[ModuleType]
) -> None:
    learner = load(tmp_path, loaded, body)

    def judged() -> None:
        with forbid(operation, within=learner):
            made = learner.f(torch.ones(2, 2))
            if isinstance(made, type):
                made(2, 2)

    with pytest.raises(ForbiddenOperation) as caught:
        judged()

    assert str(caught.value).startswith(f"{operation} is forbidden here")
    assert "learner.py:" in str(caught.value)


INNOCENT = [
    ("torch.optim", "def f(x): return torch.no_grad()"),
    ("torch.autograd", "def f(x):\n    with torch.no_grad(): return x.detach() + 1"),
    ("torch.nn.Module.named_modules", "def f(x): list(nn.Identity().modules())"),
    ("torch.nn.functional.linear", "def f(x): return nn.MultiheadAttention(2, 1)(x, x, x)"),
    ("torch.nn.functional.hardtanh", "m = nn.ReLU6()\ndef f(x): return m(x)"),
    ("torch.Tensor.data", "def f(x): return nn.Linear(2, 2).double()"),
    ("torch.autograd.grad", "def f(x): return torch.func.grad(torch.sum)(x)"),
    ("torch.reshape", "def f(x): return torch.func.jacrev(torch.sin)(x)"),
    ("torch.stack", "def f(x): return list(torch.utils.data.DataLoader(x))"),
    ("torch.softmax", "def f(x): return F.log_softmax(x, 0)"),
]


@pytest.mark.parametrize(
    ("operation", "body"), INNOCENT, ids=[f"{name}-{n}" for n, (name, _) in enumerate(INNOCENT)]
)
def test_what_torch_does_below_an_allowed_operation_is_not_accused(
    operation: str, body: str, tmp_path: Path, loaded: list[ModuleType]
) -> None:
    learner = load(tmp_path, loaded, body)

    with forbid(operation, within=learner):
        learner.f(torch.ones(2, 2))


def test_a_module_that_the_test_has_made_is_the_test_s(
    tmp_path: Path, loaded: list[ModuleType]
) -> None:
    learner = load(tmp_path, loaded, "def f(model, x): return model(x)")

    with forbid("torch.nn.Linear", within=learner):
        learner.f(torch.nn.Linear(2, 2), torch.ones(2, 2))


@pytest.mark.parametrize("imported", ["from {} import f", "from {} import *"])
@pytest.mark.parametrize(
    "call", ["f(x)", "torch.vmap(f)(x)", "learner.f(x)", "getattr(learner, 'f')(x)", "g(x)"]
)
def test_a_name_that_the_learner_gave_the_operation_is_the_learner_s_in_a_test(
    imported: str, call: str, tmp_path: Path, loaded: list[ModuleType]
) -> None:
    (tmp_path / "code").mkdir()
    learner = load(tmp_path / "code", loaded, "f = torch.sigmoid")
    name = learner.__name__
    test = load(
        tmp_path,
        loaded,
        f"""
        import {name} as learner
        {imported.format(name)}
        def own(x): return torch.sigmoid(x), x.sigmoid(), torch.vmap(torch.sigmoid)(x)
        def learners(x):
            g = f
            return {call}
        """,
    )
    x = torch.ones(2, 2)

    with forbid("torch.sigmoid", within=learner):
        test.own(x)
    with (
        pytest.raises(ForbiddenOperation, match=r"code.learner\.py:\d+, in (f|hidden)"),
        forbid("torch.sigmoid", within=learner),
    ):
        test.learners(x)
