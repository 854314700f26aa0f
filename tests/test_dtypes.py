"""The fixture `dtype` and the markers that choose among devices and dtypes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch

from pytest_torchkata import devices, dtypes
from pytest_torchkata._variants import Demand


def collected(pytester: pytest.Pytester, *arguments: str) -> list[str]:
    """The names of the tests that are collected, in order."""
    result = pytester.runpytest("--collect-only", "-q", "-p", "no:randomly", *arguments)
    return [line.partition("::")[2] for line in result.outlines if "::" in line]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("auto", [torch.float32, torch.float64]),
        ("float16", [torch.float16]),
        ("double, float", [torch.float64, torch.float32]),
        ("complex", [torch.complex64, torch.complex128]),
        ("float32,floating", [torch.float32, torch.float16, torch.bfloat16, torch.float64]),
    ],
)
def test_dtypes_are_selected_by_name(wanted: str, expected: list[torch.dtype]) -> None:
    assert dtypes.select(wanted) == expected


def test_all_has_every_common_dtype() -> None:
    assert len(dtypes.select("all")) == 12


def test_dtypes_that_a_device_cannot_compute_in_are_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cpu, mps = torch.device("cpu"), torch.device("mps")

    assert all(not dtypes.why_not(cpu, dtype) for dtype in dtypes.select("all"))
    assert dtypes.why_not(mps, torch.float64) == "mps has no float64"
    said = dtypes.why_not(cpu, torch.float8_e4m3fn)
    assert said.startswith("cpu cannot compute in float8_e4m3fn: ")
    assert "not implemented" in said


def test_a_test_runs_in_each_dtype_on_each_device(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import torch

        def test_both(device, dtype):
            assert torch.zeros(1, device=device, dtype=dtype).dtype == dtype

        def test_dtype(dtype): pass
        """
    )

    names = collected(pytester, "--torchkata-device=cpu,meta", "--torchkata-dtype=float32,int8")

    assert sorted(names) == [
        "test_both[cpu-float32]",
        "test_both[cpu-int8]",
        "test_both[meta-float32]",
        "test_both[meta-int8]",
        "test_dtype[float32]",
        "test_dtype[int8]",
    ]
    pytester.runpytest("--torchkata-device=cpu").assert_outcomes(passed=4)


def test_a_marker_chooses_and_the_run_chooses_among_those(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest, torch

        @pytest.mark.torchkata_dtypes(torch.float16, "bfloat16", torch.float64)
        def test_it(device, dtype): pass
        """
    )
    on_cpu = "--torchkata-device=cpu"

    assert collected(pytester, on_cpu) == [
        "test_it[cpu-float16]",
        "test_it[cpu-bfloat16]",
        "test_it[cpu-float64]",
    ]
    assert collected(pytester, on_cpu, "--torchkata-dtype=floating") == collected(pytester, on_cpu)
    assert collected(pytester, on_cpu, "-o", "torchkata_dtype=float64") == ["test_it[cpu-float64]"]
    result = pytester.runpytest(on_cpu, "--torchkata-dtype=int8", "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(
        ["SKIPPED * not in a dtype of this run, which is told --torchkata-dtype=int8"]
    )


def test_a_dtype_is_left_out_with_the_reason(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.torchkata_dtypes("float8_e4m3fn", "float32")
        def test_it(device, dtype): pass
        """
    )

    result = pytester.runpytest("--torchkata-device=cpu", "-rs")

    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED * cpu cannot compute in float8_e4m3fn: *"])


@pytest.mark.usefixtures("two_gpus")
def test_a_marker_keeps_a_test_to_some_devices(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.torchkata_devices("cuda")
        def test_gpu(device): pass

        @pytest.mark.torchkata_devices("cpu")
        class TestIt:
            def test_cpu(self, device): pass

        @pytest.mark.torchkata_devices("cuda", "cpu")
        def test_both(device): pass
        """
    )

    assert sorted(collected(pytester)) == [
        "TestIt::test_cpu[cpu]",
        "test_both[cpu]",
        "test_both[cuda]",
        "test_gpu[cuda]",
    ]


SKIPS = """
    import pytest

    @pytest.mark.torchkata_devices("cuda", min_count={count})
    def test_asks(device): pass

    @pytest.mark.torchkata_devices("cuda", min_count={count})
    def test_knows(): pass
"""


@pytest.mark.usefixtures("no_gpu")
@pytest.mark.parametrize(
    ("arguments", "count", "reason"),
    [
        ((), 1, "needs a CUDA device; none here"),
        ((), 2, "needs 2 CUDA devices; none here"),
        (
            ("--torchkata-device=cpu",),
            2,
            "needs CUDA; this run is told --torchkata-device=cpu",
        ),
    ],
    ids=["one", "two", "told"],
)
def test_a_test_that_cannot_run_is_skipped_with_the_reason(
    arguments: Sequence[str], count: int, reason: str, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(SKIPS.format(count=count))

    result = pytester.runpytest(*arguments, "-rs", "--no-fold-skipped")

    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines([f"SKIPPED *::test_asks?cuda? - *{reason}"])
    result.stdout.fnmatch_lines([f"SKIPPED *::test_knows - *{reason}"])
    result.stdout.no_fnmatch_line("*variant*")


@pytest.mark.usefixtures("two_gpus")
def test_too_few_devices_are_counted(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SKIPS.format(count=3))

    result = pytester.runpytest("-rs")

    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines(["SKIPPED * needs 3 CUDA devices; 2 here"])


def test_memory_that_is_not_free_is_a_reason_to_skip(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "free_memory", lambda device: 3 * 2**30)
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.torchkata_memory("2.5GB")
        def test_small(device): pass

        @pytest.mark.torchkata_memory("8GB")
        def test_large(device): pass

        @pytest.mark.torchkata_memory(1024)
        def test_bytes(): pass
        """
    )

    result = pytester.runpytest("-rs", "--torchkata-device=cpu")

    result.assert_outcomes(passed=2, skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED * needs 8 GB of memory on cpu; 3 GB free"])


def test_the_free_memory_of_the_cpu_is_known() -> None:
    free = devices.free_memory("cpu")

    assert free is None or free > 2**20


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ("torchkata_devices()", "the arguments are kinds of device and min_count*"),
        ("torchkata_devices('cuda:1')", "the arguments are kinds of device and min_count*"),
        ("torchkata_devices('cuda', count=2)", "the arguments are kinds of device*"),
        ("torchkata_devices('cuda', min_count=0)", "min_count is a number from 1 on, not 0"),
        ("torchkata_dtypes()", "the arguments are dtypes, as in *"),
        ("torchkata_dtypes('float33')", "'float33' is no dtype of torch *Names are those of*"),
        ("torchkata_dtypes(32)", "32 is no dtype of torch *"),
    ],
)
def test_a_marker_with_wrong_arguments_is_refused(
    marker: str, message: str, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(f"import pytest\n@pytest.mark.{marker}\ndef test_it(device, dtype): pass")

    result = pytester.runpytest("--strict-markers")

    assert result.ret != pytest.ExitCode.OK
    name = marker.partition("(")[0]
    expected = f"*test_it: @pytest.mark.{name}: {message}"
    assert _has_line(result, expected)


def _has_line(result: pytest.RunResult, pattern: str) -> bool:
    from fnmatch import fnmatch

    return any(fnmatch(line, pattern) for line in [*result.outlines, *result.errlines])


def test_a_size_that_is_none_is_refused(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "import pytest\n@pytest.mark.torchkata_memory('8 gigs')\ndef test_it(): pass"
    )

    result = pytester.runpytest()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: *::test_it: @pytest.mark.torchkata_memory takes a *"])


@pytest.mark.parametrize("argument", ["--torchkata-dtype=float33", "-otorchkata_dtype=,"])
def test_an_unknown_dtype_is_a_usage_error(argument: str, pytester: pytest.Pytester) -> None:
    result = pytester.runpytest(argument)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    source = argument.partition("=")[0].removeprefix("-o")
    result.stderr.fnmatch_lines([f"ERROR: {source}: * Names are those of torch *"])


def test_the_arguments_of_the_marker_are_read() -> None:
    assert Demand.of(("cuda", "xpu"), {"min_count": 2}) == Demand(("cuda", "xpu"), 2)


def test_a_method_with_a_property_runs_on_each_device(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from hypothesis import given, strategies as st

        class TestIt:
            @given(x=st.integers())
            def test_it(self, device, dtype, x): pass
        """
    )

    result = pytester.runpytest("--torchkata-device=cpu,meta")

    result.assert_outcomes(passed=4)


def test_a_unittest_and_a_dynamic_request_get_the_first_selected(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        """
        import unittest
        import pytest, torch

        class TestIt(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def _get(self, device):
                self.device = device

            def test_it(self):
                assert self.device.type == "meta"

        def test_dynamic(request):
            assert request.getfixturevalue("device").type == "meta"
            assert request.getfixturevalue("dtype") == torch.int8
        """
    )

    result = pytester.runpytest("--torchkata-device=meta,cpu", "--torchkata-dtype=int8")

    result.assert_outcomes(passed=2)


def test_the_fixtures_and_markers_are_listed(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest("--fixtures", "--markers")
    fixtures = pytester.runpytest("--fixtures")

    result.stdout.fnmatch_lines(["@pytest.mark.torchkata_devices(*): *"])
    for name in ("device", "dtype", "rng", "deterministic"):
        assert any(line.startswith(name) for line in fixtures.outlines), name
