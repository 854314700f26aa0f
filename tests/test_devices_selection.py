"""Which devices a run is told to use, and what is said where one is missing."""

from __future__ import annotations

import pytest
import torch

from pytest_torchkata import devices
from pytest_torchkata.devices import Accelerator

ON_DEVICE = """
    import torch

    def test_zeros(device):
        assert torch.zeros(2, device=device).device == device

    def test_plain():
        pass
"""


@pytest.mark.usefixtures("two_gpus")
@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ("auto", ["cpu", "cuda"]),
        ("all", ["cpu", "cuda"]),
        ("cpu", ["cpu"]),
        ("cuda,cpu", ["cuda", "cpu"]),
        (" cuda:1 , cpu ", ["cuda:1", "cpu"]),
        ("cpu,cpu", ["cpu"]),
        ("meta", ["meta"]),
    ],
)
def test_devices_are_selected_by_name_in_the_order_given(wanted: str, names: list[str]) -> None:
    assert devices.select(wanted) == names


@pytest.mark.usefixtures("two_gpus")
@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (
            "cuda:2",
            (
                "'cuda:2' is not available here. Available: cpu, cuda (cuda:0 to cuda:1). "
                "There are 2 CUDA devices, counted from 0."
            ),
        ),
        (
            "tpu9",
            (
                "'tpu9' is not available here. Available: cpu, cuda (cuda:0 to cuda:1). "
                f"torch {torch.__version__} knows no device type of that name."
            ),
        ),
        (
            "cuda:first",
            (
                "'cuda:first' is not available here. Available: cpu, cuda (cuda:0 to cuda:1). "
                "After the colon comes a number, as in cuda:0."
            ),
        ),
        (
            "cpu,auto",
            (
                "'auto' is not available here. Available: cpu, cuda (cuda:0 to cuda:1). "
                "'auto' stands alone: it already means every device that is here."
            ),
        ),
        (" , ", "' , ' names no device. Available: cpu, cuda."),
    ],
    ids=["index", "unknown", "no number", "auto among others", "empty"],
)
def test_a_device_that_is_not_there_is_refused_with_those_that_are(
    wanted: str, message: str
) -> None:
    with pytest.raises(ValueError) as caught:
        devices.select(wanted)

    assert str(caught.value) == message


@pytest.mark.usefixtures("no_gpu")
@pytest.mark.parametrize(
    ("built_for", "visible", "reason"),
    [
        (None, "0", f"This build of torch ({torch.__version__}) is for the CPU only."),
        ("12.8", "", "CUDA_VISIBLE_DEVICES='' hides the GPUs, or no NVIDIA driver answers."),
        ("12.8", None, "No NVIDIA driver answers: see what nvidia-smi says."),
    ],
    ids=["cpu-only build", "hidden", "no driver"],
)
def test_the_message_says_why_there_is_no_cuda(
    built_for: str | None, visible: str | None, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.version, "cuda", built_for)
    monkeypatch.setattr(torch.version, "hip", None)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)

    with pytest.raises(ValueError) as caught:
        devices.select("cuda")

    assert str(caught.value) == f"'cuda' is not available here. Available: cpu. {reason}"


def test_a_device_compares_equal_to_that_of_a_tensor_on_it() -> None:
    assert str(devices.as_device("cuda")) == "cuda:0"
    assert str(devices.as_device("cuda:1")) == "cuda:1"
    assert torch.zeros(1, device="cpu").device == devices.as_device("cpu")
    assert torch.zeros(1, device="meta").device == devices.as_device("meta")


def test_an_external_back_end_is_found_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    class Npu:
        @staticmethod
        def is_available() -> bool:
            return True

        @staticmethod
        def device_count() -> int:
            return 4

    monkeypatch.setattr(torch._C, "_get_privateuse1_backend_name", lambda: "npu")
    monkeypatch.setattr(torch, "npu", Npu, raising=False)

    assert Accelerator("npu", 4) in devices.accelerators()


@pytest.mark.usefixtures("no_gpu")
@pytest.mark.parametrize("argument", ["--torchkata-device=cuda", "-otorchkata_device=cuda"])
def test_a_missing_device_is_a_usage_error_before_collection(
    argument: str, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile("raise RuntimeError('collected')")

    result = pytester.runpytest(argument)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    source = argument.partition("=")[0].removeprefix("-o")
    result.stderr.fnmatch_lines([f"ERROR: {source}: 'cuda' is not available here.*: cpu. *"])
    result.stdout.no_fnmatch_line("*collected*")


def test_a_test_runs_once_for_each_selected_device(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(ON_DEVICE)

    result = pytester.runpytest("-v", "-p", "no:randomly", "--torchkata-device=meta,cpu")

    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(
        ["*::test_zeros?meta? PASSED*", "*::test_zeros?cpu? PASSED*", "*::test_plain PASSED*"],
        consecutive=True,
    )


@pytest.mark.usefixtures("two_gpus")
def test_auto_selects_the_accelerators_too(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(ON_DEVICE)

    result = pytester.runpytest("--collect-only", "-q", "-p", "no:randomly")

    result.stdout.fnmatch_lines(["*::test_zeros?cpu?", "*::test_zeros?cuda?", "*::test_plain"])


def test_hypothesis_accepts_the_fixture(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from hypothesis import given, strategies as st

        @given(x=st.integers())
        def test_any(device, x):
            assert device.type == "cpu"
        """
    )

    result = pytester.runpytest("--torchkata-device=cpu")

    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("workers", [(), ("-n2", "-p", "xdist")], ids=["alone", "xdist"])
def test_a_run_that_never_reaches_the_named_device_fails(
    workers: tuple[str, ...], pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(ON_DEVICE)

    result = pytester.runpytest("--torchkata-device=cpu,meta", "-k", "plain or cpu", *workers)

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=2, deselected=0 if workers else 1)
    result.stdout.fnmatch_lines(
        [
            (
                "ERROR: no test ran on meta, though --torchkata-device = 'cpu,meta' asks for it. "
                "Tests run on it when they ask for the fixture `device`."
            )
        ]
    )


@pytest.mark.parametrize("workers", [(), ("-n2", "-p", "xdist")], ids=["alone", "xdist"])
def test_a_run_that_reaches_the_named_device_passes(
    workers: tuple[str, ...], pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(ON_DEVICE)

    result = pytester.runpytest("--torchkata-device=meta", *workers)

    assert result.ret == pytest.ExitCode.OK
    result.stdout.no_fnmatch_line("ERROR: *")


def test_a_skipped_test_has_not_run_on_its_device(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        def test_zeros(device):
            pytest.skip("not today")
        """
    )

    result = pytester.runpytest("--torchkata-device=meta")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["ERROR: no test ran on meta, *"])


@pytest.mark.parametrize("wanted", [(), ("--torchkata-device=cpu",)], ids=["auto", "cpu"])
def test_no_device_test_is_needed_without_a_named_accelerator(
    wanted: tuple[str, ...], pytester: pytest.Pytester
) -> None:
    pytester.makepyfile("def test_plain(): pass")

    result = pytester.runpytest(*wanted)

    assert result.ret == pytest.ExitCode.OK


@pytest.mark.usefixtures("no_gpu")
def test_auto_says_in_one_line_what_was_not_run(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("n", range(3))
        def test_zeros(device, n): pass

        def test_plain(): pass
        """
    )

    result = pytester.runpytest()

    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["3 tests have a CUDA variant; no CUDA device here"])


@pytest.mark.usefixtures("no_gpu")
def test_the_closing_line_counts_one_test_too(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_zeros(device): pass")

    result = pytester.runpytest()

    result.stdout.fnmatch_lines(["1 test has a CUDA variant; no CUDA device here"])


@pytest.mark.parametrize("arguments", [("--torchkata-device=cpu",), ("-k", "plain")])
def test_there_is_no_closing_line_where_nothing_was_left_out(
    arguments: tuple[str, ...], pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(ON_DEVICE)

    result = pytester.runpytest(*arguments)

    assert result.ret == pytest.ExitCode.OK
    result.stdout.no_fnmatch_line("*CUDA variant*")
