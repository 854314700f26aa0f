"""What loading the plugin does, and does not."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "hypothesis", "numpy", "rich", "click")


def fresh(code: str) -> str:
    """What `code` prints in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", timeout=120, check=True
    )
    return done.stdout.strip()


def test_loading_the_plugin_imports_neither_torch_nor_hypothesis() -> None:
    code = f"import sys, pytest_torchkata.plugin\nprint([m for m in {HEAVY} if m in sys.modules])"

    assert fresh(code) == "[]"


def test_a_suite_without_torch_never_loads_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        f"""
        import sys

        def test_nothing_heavy_is_loaded():
            assert [m for m in {HEAVY} if m in sys.modules] == []
        """
    )

    pytester.runpytest_subprocess("-p", "no:randomly").assert_outcomes(passed=1)


def test_a_suite_without_torch_loads_of_the_plugin_what_every_run_needs(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        """
        import sys

        OTHERS = ("_gradient_notes", "_parametrize", "_repeat", "_requirements", "_workers")

        def test_what_is_loaded():
            assert [name for name in OTHERS if f"pytest_torchkata.{name}" in sys.modules] == []
        """
    )

    pytester.runpytest_subprocess("-p", "no:randomly").assert_outcomes(passed=1)


def test_the_import_of_torch_keeps_nothing_of_the_run(pytester: pytest.Pytester) -> None:
    # A run that is kept costs each process the time to free it at its very end.
    pytester.makepyfile(
        """
        def test_import():
            import torch

            assert "exec_module" not in vars(torch.__spec__.loader)
        """
    )

    pytester.runpytest_subprocess("-p", "no:randomly").assert_outcomes(passed=1)


def test_each_public_name_is_loaded_when_first_used() -> None:
    code = (
        "import sys, pytest_torchkata\n"
        "print('torch' in sys.modules)\n"
        "for name in pytest_torchkata.__all__: getattr(pytest_torchkata, name)\n"
        "print('torch' in sys.modules)"
    )

    assert fresh(code).split() == ["False", "True"]


def test_an_unknown_name_is_an_attribute_error() -> None:
    code = "import pytest_torchkata\npytest_torchkata.assert_closed"

    with pytest.raises(subprocess.CalledProcessError) as caught:
        fresh(code)

    assert "has no attribute 'assert_closed'" in caught.value.stderr


@pytest.mark.parametrize(
    "arguments",
    [["-p", "pytest_torchkata.plugin"], ["-p", "torchkata"], []],
    ids=["by module", "by name", "by itself"],
)
def test_the_plugin_loads_once_however_it_is_named(
    pytester: pytest.Pytester, arguments: list[str]
) -> None:
    pytester.makepyfile("def test_device(device): pass")

    result = pytester.runpytest_subprocess(*arguments, "--torchkata-device=cpu")

    result.assert_outcomes(passed=1)


def test_the_plugin_can_be_switched_off(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_subprocess("-p", "no:torchkata", "--torchkata-device=cpu")

    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest_torchkata", "--help"],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=True,
    )

    assert "Learn PyTorch by making tests pass." in done.stdout
    assert "verify" in done.stdout
