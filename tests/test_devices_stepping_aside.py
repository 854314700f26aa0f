"""Suites that have a `device` or `dtype` of their own: the same ids and results as without us."""

from __future__ import annotations

import textwrap

import pytest

SUITES: dict[str, dict[str, str]] = {
    "a conftest fixture": {
        "conftest.py": """
            import pytest

            @pytest.fixture
            def device():
                return "mine"

            @pytest.fixture(params=["single", "double"])
            def dtype(request):
                return request.param
        """,
        "test_it.py": """
            def test_it(device, dtype):
                assert device == "mine" and dtype in ("single", "double")
        """,
    },
    "a conftest fixture of a directory": {
        "inner/conftest.py": """
            import pytest

            @pytest.fixture(scope="session", params=["a", "b"])
            def device(request):
                return request.param
        """,
        "inner/deeper/test_it.py": """
            def test_it(device):
                assert device in "ab"
        """,
    },
    "a fixture of the module": {
        "test_it.py": """
            import pytest

            @pytest.fixture(scope="module")
            def dtype():
                return "half"

            def test_it(dtype):
                assert dtype == "half"
        """,
    },
    "a fixture of the class": {
        "test_it.py": """
            import pytest

            class TestIt:
                @pytest.fixture(params=[1, 2])
                def device(self, request):
                    return request.param

                def test_it(self, device):
                    assert device in (1, 2)
        """,
    },
    "parametrize on the function": {
        "test_it.py": """
            import pytest

            @pytest.mark.parametrize("device", ["x", "y"])
            @pytest.mark.parametrize("dtype", ["f", "d"])
            def test_it(device, dtype):
                assert device in "xy" and dtype in "fd"
        """,
    },
    "both in one parametrize": {
        "test_it.py": """
            import pytest

            @pytest.mark.parametrize("device, dtype", [("x", "f"), ("y", "d")])
            def test_it(device, dtype):
                assert device + dtype in ("xf", "yd")
        """,
    },
    "parametrize on the class": {
        "test_it.py": """
            import pytest

            @pytest.mark.parametrize("device", ["x", "y"], ids=["first", "second"])
            class TestIt:
                def test_it(self, device):
                    assert device in "xy"
        """,
    },
    "parametrize on the module": {
        "test_it.py": """
            import pytest

            pytestmark = pytest.mark.parametrize("device", ["x", "y"])

            def test_it(device):
                assert device in "xy"
        """,
    },
    "indirect, through its own fixture": {
        "test_it.py": """
            import pytest

            @pytest.fixture
            def device(request):
                return request.param.upper()

            @pytest.mark.parametrize("device", ["x"], indirect=True)
            def test_it(device):
                assert device == "X"
        """,
    },
    "a default value": {
        "test_it.py": """
            def test_it(device="mine"):
                assert device == "mine"
        """,
    },
    "hook of the conftest": {
        "conftest.py": """
            def pytest_generate_tests(metafunc):
                if "device" in metafunc.fixturenames:
                    metafunc.parametrize("device", ["x", "y"])
        """,
        "test_it.py": """
            def test_it(device):
                assert device in "xy"
        """,
    },
    "hook of the module": {
        "test_it.py": """
            def pytest_generate_tests(metafunc):
                if "dtype" in metafunc.fixturenames:
                    metafunc.parametrize("dtype", ["f"], scope="session")

            def test_it(dtype):
                assert dtype == "f"
        """,
    },
    "another plugin": {
        "their_plugin.py": """
            import pytest

            def pytest_addoption(parser):
                parser.addoption("--device", default="theirs")

            @pytest.fixture
            def device(request):
                return request.config.getoption("--device")
        """,
        "conftest.py": "pytest_plugins = ['their_plugin']",
        "test_it.py": """
            def test_it(device):
                assert device == "theirs"
        """,
    },
    # The shape of kornia's suite: names in a hook, objects made of them by fixtures.
    "names in a hook, objects by fixtures": {
        "conftest.py": """
            import pytest
            import torch

            DEVICES = {"cpu": torch.device("cpu")}
            DTYPES = {"float32": torch.float32, "float64": torch.float64}

            @pytest.fixture
            def device(device_name):
                return DEVICES[device_name]

            @pytest.fixture
            def dtype(dtype_name):
                return DTYPES[dtype_name]

            def pytest_generate_tests(metafunc):
                if "device_name" in metafunc.fixturenames:
                    metafunc.parametrize("device_name", ["cpu"])
                if "dtype_name" in metafunc.fixturenames:
                    metafunc.parametrize("dtype_name", ["float32", "float64"])

            def pytest_addoption(parser):
                parser.addoption("--device", action="store", default="cpu")
                parser.addoption("--dtype", action="store", default="float32")
        """,
        "test_it.py": """
            import pytest
            import torch

            class TestIt:
                @pytest.mark.parametrize("shape", [(1,), (2, 3)])
                def test_smoke(self, device, dtype, shape):
                    assert torch.ones(shape, device=device, dtype=dtype).dtype == dtype

                def test_fails(self, device):
                    assert device is None
        """,
    },
}


@pytest.mark.parametrize("files", SUITES.values(), ids=SUITES.keys())
def test_a_suite_keeps_its_ids_and_results(
    files: dict[str, str], pytester: pytest.Pytester
) -> None:
    for name, code in files.items():
        path = pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(code))
    pytester.syspathinsert()
    arguments = ("-rA", "-q", "--no-header", "-p", "no:randomly", "-p", "no:cacheprovider")

    without = pytester.runpytest(*arguments, "-p", "no:torchkata")
    # A device that is named must not reach a test whose suite has its own.
    with_plugin = pytester.runpytest(*arguments, "-otorchkata_device=auto")

    assert with_plugin.parseoutcomes() == without.parseoutcomes()
    assert _results(with_plugin) == _results(without) != []
    with_plugin.stdout.no_fnmatch_line("*CUDA variant*")


def _results(result: pytest.RunResult) -> list[str]:
    return [line for line in result.outlines if line.startswith(("PASSED", "FAILED", "ERROR"))]
