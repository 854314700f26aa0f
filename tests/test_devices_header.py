"""The plugin's line in pytest's header."""

from __future__ import annotations

import sys

import pytest
import torch

from pytest_torchkata import _header


def test_the_header_names_torch_and_the_devices(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest("--torchkata-device=cpu,meta")

    result.stdout.fnmatch_lines([f"torchkata: torch {torch.__version__}, devices cpu, meta*"])


def test_the_header_does_not_load_torch(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_modules():
            assert {"torch", "numpy", "hypothesis"}.isdisjoint(sys.modules)
        """
    )

    result = pytester.runpytest_subprocess("-p", "no:randomly")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([f"torchkata: torch {torch.__version__}, devices *"])


def test_auto_is_spelled_out_only_where_that_takes_no_import(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "torch")
    monkeypatch.setattr("importlib.metadata.version", lambda name: "2.13.0")

    assert _header.line("auto", "0") == "torchkata: torch 2.13.0, devices auto, seed 0"
