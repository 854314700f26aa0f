"""The state guard: each kind of state is leaked by one test and would be suffered by the next."""

from __future__ import annotations

import textwrap

import pytest
import torch

from pytest_torchkata.state import State

# Kind of state: what leaks it, what the next test would see, and what the report says.
LEAKS = {
    "default dtype": (
        "torch.set_default_dtype(torch.float64)",
        "torch.ones(1).dtype == torch.float32",
        "default dtype: torch.float32 before, torch.float64 after",
    ),
    "default device": (
        "torch.set_default_device('meta')",
        "torch.ones(1).device.type == 'cpu'",
        "default device: none before, meta after",
    ),
    "device as a context": (
        "torch.device('meta').__enter__()",
        "torch.ones(1).device.type == 'cpu'",
        "torch function modes: none before, (torch.device('meta')) after",
    ),
    "dispatch mode": (
        "KEPT.__enter__()",
        "torch._C._len_torch_dispatch_stack() == 0",
        "torch dispatch modes: 0 before, 1 after",
    ),
    "grad mode": (
        "torch.set_grad_enabled(False)",
        "torch.is_grad_enabled()",
        "grad mode: True before, False after",
    ),
    "inference mode": (
        "INFERENCE.__enter__()",
        "not torch.ones(1).is_inference()",
        "inference mode: False before, True after",
    ),
    "autocast": (
        "torch.autocast('cpu', torch.bfloat16).__enter__()",
        "(torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32",
        "autocast on cpu: (False, torch.bfloat16) before, (True, torch.bfloat16) after",
    ),
    "deterministic algorithms": (
        "torch.use_deterministic_algorithms(True, warn_only=True)",
        "not torch.are_deterministic_algorithms_enabled()",
        "deterministic algorithms: (False, False) before, (True, True) after",
    ),
    "cudnn": (
        "torch.backends.cudnn.benchmark = True",
        "not torch.backends.cudnn.benchmark",
        "torch.backends.cudnn.benchmark: False before, True after",
    ),
    "TF32, by precision": (
        "torch.set_float32_matmul_precision('medium')",
        "torch.get_float32_matmul_precision() == 'highest'",
        "float32 matmul precision: highest before, medium after",
    ),
    "TF32 of matmul": (
        "torch.backends.cuda.matmul.allow_tf32 = True",
        "not torch.backends.cuda.matmul.allow_tf32",
        "float32 matmul precision: highest before, high after",
    ),
    "TF32 of cudnn": (
        "torch.backends.cudnn.allow_tf32 = False",
        "torch.backends.cudnn.allow_tf32",
        "torch.backends.cudnn.allow_tf32: True before, False after",
    ),
    "threads": (
        "torch.set_num_threads(THREADS + 1)",
        "torch.get_num_threads() == THREADS",
        f"intra-op threads: {torch.get_num_threads()} before, {torch.get_num_threads() + 1} after",
    ),
    "anomaly mode": (
        "torch.autograd.set_detect_anomaly(True)",
        "not torch.is_anomaly_enabled()",
        "anomaly mode: (False, True) before, (True, True) after",
    ),
    "a hook on every module": (
        "torch.nn.modules.module.register_module_forward_hook(doubled)",
        "torch.nn.Identity()(torch.ones(1)).item() == 1",
        "global forward hooks: none before, ((*, doubled)) after",
    ),
    "saved-tensor hooks": (
        "torch.autograd.graph.saved_tensors_hooks(identity, identity).__enter__()",
        "torch._C._autograd._top_saved_tensors_default_hooks(True) is None",
        "saved-tensor hooks: none before, (identity, identity) after",
    ),
}
if hasattr(torch.backends, "fp32_precision"):
    LEAKS["TF32, by the new switch"] = (
        "torch.backends.cuda.matmul.fp32_precision = 'tf32'",
        "not torch.backends.cuda.matmul.allow_tf32",
        "torch.backends.cuda.matmul.fp32_precision: none before, tf32 after",
    )

TESTS = """
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode

    INFERENCE = torch.inference_mode()  # one that nothing holds switches itself off
    KEPT = TorchDispatchMode()
    THREADS = torch.get_num_threads()

    def doubled(module, args, output):
        return 2 * output

    def identity(tensor):
        return tensor

    def test_leaks():
        {leak}

    def test_suffers():
        assert {sound}
"""


def _tests(leak: str, sound: str) -> str:
    return textwrap.dedent(TESTS).format(leak=leak, sound=sound)


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run the tests in order; what they leave in this very process is put back."""
    state = State()
    before = state.read()
    try:
        return pytester.runpytest("-p", "no:randomly", *arguments)
    finally:
        state.put_back(before)


@pytest.mark.parametrize(("leak", "sound", "said"), LEAKS.values(), ids=LEAKS.keys())
def test_without_the_guard_the_next_test_suffers(
    leak: str, sound: str, said: str, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(_tests(leak, sound))

    run(pytester).assert_outcomes(passed=1, failed=1)


def test_restore_spares_the_next_test(pytester: pytest.Pytester) -> None:
    files = {f"test_{i:02}": _tests(*leak[:2]) for i, leak in enumerate(LEAKS.values())}
    pytester.makepyfile(**files)

    run(pytester, "--torchkata-guard=restore").assert_outcomes(passed=2 * len(LEAKS))


def test_fail_names_each_leak_and_its_test_and_spares_the_next(pytester: pytest.Pytester) -> None:
    files = {f"test_{i:02}": _tests(*leak[:2]) for i, leak in enumerate(LEAKS.values())}
    pytester.makepyfile(**files)

    result = run(pytester, "--torchkata-guard=fail")

    result.assert_outcomes(passed=2 * len(LEAKS), errors=len(LEAKS))
    for file, (_, _, said) in zip(files, LEAKS.values(), strict=True):
        result.stdout.fnmatch_lines(
            [
                "*ERROR at teardown of test_leaks*",
                f"{file}.py::test_leaks left torch's global state changed (put back now):",
                "  *",
            ]
        )
        result.stdout.fnmatch_lines([f"  {said}"])


SWITCH_OFF = "torch.set_grad_enabled(False)"


def test_what_a_test_puts_back_itself_is_no_leak(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest, torch

        @pytest.fixture
        def no_grad():
            torch.set_grad_enabled(False)
            yield
            torch.set_grad_enabled(True)

        def test_fixture(no_grad): pass

        def test_block():
            with torch.no_grad(), torch.device("meta"), torch.autocast("cpu"):
                pass

        def test_monkeypatch(monkeypatch):
            monkeypatch.setattr(torch.backends.cudnn, "deterministic", True)
        """
    )

    run(pytester, "--torchkata-guard=fail").assert_outcomes(passed=3)


def test_what_a_fixture_of_a_wider_scope_sets_lasts_as_long_as_it(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        test_a="""
        import pytest, torch

        @pytest.fixture(scope="module", autouse=True)
        def double():
            torch.set_default_dtype(torch.float64)
            yield
            torch.set_default_dtype(torch.float32)

        class TestGrad:
            @classmethod
            def setup_class(cls):
                torch.set_grad_enabled(False)

            @classmethod
            def teardown_class(cls):
                torch.set_grad_enabled(True)

            def test_one(self):
                assert torch.ones(1).dtype == torch.float64
                assert not torch.is_grad_enabled()

            def test_two(self):
                assert torch.ones(1).dtype == torch.float64
                assert not torch.is_grad_enabled()
                torch.set_default_dtype(torch.float16)

        def test_three():
            assert torch.ones(1).dtype == torch.float64
            assert torch.is_grad_enabled()
        """,
        test_b="""
        import torch

        def test_four():
            assert torch.ones(1).dtype == torch.float32
        """,
    )

    result = run(pytester, "--torchkata-guard=fail")

    result.assert_outcomes(passed=4, errors=1)
    result.stdout.fnmatch_lines(["  default dtype: torch.float64 before, torch.float16 after"])


def test_a_fixture_of_a_wider_scope_that_never_puts_back_is_no_leak_of_a_test(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        """
        import pytest, torch

        @pytest.fixture(scope="session", autouse=True)
        def double():
            torch.set_default_dtype(torch.float64)

        def test_one(): pass

        def test_two():
            assert torch.ones(1).dtype == torch.float64
        """
    )

    run(pytester, "--torchkata-guard=fail").assert_outcomes(passed=2)


def test_a_leak_of_a_fixture_is_the_test_s(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest, torch

        @pytest.fixture
        def no_grad():
            torch.set_grad_enabled(False)

        def test_leaks(no_grad): pass

        def test_suffers(): assert torch.is_grad_enabled()
        """
    )

    run(pytester, "--torchkata-guard=fail").assert_outcomes(passed=2, errors=1)


def test_a_failing_test_is_guarded_too(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(_tests(f"{SWITCH_OFF}; assert 0", "torch.is_grad_enabled()"))

    run(pytester, "--torchkata-guard=restore").assert_outcomes(passed=1, failed=1)


def test_the_test_that_imports_torch_first_is_guarded(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_leaks():
            import torch
            torch.set_grad_enabled(False)

        def test_suffers():
            import torch
            assert torch.is_grad_enabled()
        """
    )

    result = pytester.runpytest_subprocess("--torchkata-guard=fail", "-p", "no:randomly")

    result.assert_outcomes(passed=2, errors=1)


def test_the_marker_wins_over_the_command_line(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest, torch

        @pytest.mark.torchkata_guard("off")
        def test_allowed():
            torch.set_grad_enabled(False)

        @pytest.mark.torchkata_guard("off")
        def test_sees_it():
            assert not torch.is_grad_enabled()
            torch.set_grad_enabled(True)

        def test_leaks():
            torch.set_grad_enabled(False)

        @pytest.mark.torchkata_guard("restore")
        class TestIt:
            def test_spared(self):
                torch.set_grad_enabled(False)

            def test_fine(self):
                assert torch.is_grad_enabled()
        """
    )

    result = run(pytester, "--torchkata-guard=fail")

    result.assert_outcomes(passed=5, errors=1)
    result.stdout.fnmatch_lines(["*::test_leaks left *", "  grad mode: True before, False after"])


def test_the_ini_file_sets_it_for_the_run_and_for_folders(pytester: pytest.Pytester) -> None:
    pytester.makeini(
        """
        [pytest]
        torchkata_guard =
            fail
            legacy off
            legacy/new code restore
        """
    )
    leak = "import torch\ndef test_leaks(): torch.set_grad_enabled(not torch.is_grad_enabled())"
    for folder in ("legacy", "legacy/new code", "strict"):
        path = pytester.path / folder / f"test_in_{folder[-6:]}.py".replace(" ", "_")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(leak)

    result = run(pytester)
    everywhere = run(pytester, "--torchkata-guard=fail")

    result.assert_outcomes(passed=3, errors=1)
    result.stdout.fnmatch_lines(["strict/test_in_strict.py::test_leaks left *"])
    everywhere.assert_outcomes(passed=3, errors=3)


def test_flags_that_torch_s_test_tools_have_frozen_are_put_back(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        """
        import torch

        def test_leaks():
            torch.backends.disable_global_flags()
            torch._C._set_cudnn_benchmark(True)

        def test_suffers():
            assert not torch.backends.cudnn.benchmark
        """
    )

    result = pytester.runpytest_subprocess("-p", "no:randomly", "--torchkata-guard=restore")

    result.assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--torchkata-guard=strict",), "--torchkata-guard: 'strict' is no mode:"),
        (("-o", "torchkata_guard=tests on"), "torchkata_guard: 'on' is no mode:"),
    ],
    ids=["option", "ini"],
)
def test_an_unknown_mode_is_refused(
    arguments: tuple[str, ...], message: str, pytester: pytest.Pytester
) -> None:
    result = pytester.runpytest(*arguments)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {message} off, restore, fail."])


def test_an_unknown_mode_of_a_marker_is_refused(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest, torch

        @pytest.mark.torchkata_guard(True)
        def test_it(): pass
        """
    )

    result = pytester.runpytest("--strict-markers")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: *::test_it: @pytest.mark.torchkata_guard: True is no mode: off, restore, fail."]
    )
