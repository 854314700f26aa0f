"""Hypothesis's deadline: never a false failure for torch, always the one that a user chose.

A slow first call is `time.sleep(0.3)` on the first example, so that nothing here depends on how
fast the machine is.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Generator

import pytest
from hypothesis import settings

WARM_UP = textwrap.dedent(
    """
    import time
    from hypothesis import given, settings, strategies as st

    calls = []

    def warm_up():
        calls.append(1)
        if len(calls) == 1:
            time.sleep(0.3)
    """
)

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def profiles_restored() -> Generator[None]:
    """Put back the profiles that an in-process run registered and loaded."""
    default, current = settings.get_profile("default"), settings.get_current_profile_name()
    yield
    settings.load_profile("default")
    settings.register_profile("default", default)
    settings.load_profile(current)


@pytest.fixture
def run(pytester: pytest.Pytester, profiles_restored: None) -> Run:
    """Run a test file whose first example is slow, as a laptop does: with Hypothesis's default."""
    pytester.makeconftest("from hypothesis import settings\nsettings.load_profile('default')")

    def run_file(code: str, *arguments: str) -> pytest.RunResult:
        pytester.makepyfile(test_file=WARM_UP + textwrap.dedent(code))
        return pytester.runpytest("-p", "no:randomly", "-p", "no:cacheprovider", *arguments)

    return run_file


USES_TORCH = {
    "the module imports torch": """
        import torch

        @given(st.integers())
        def test_property(x):
            warm_up()
    """,
    "settings say something else": """
        import torch

        @settings(max_examples=5)
        @given(st.integers())
        def test_property(x):
            warm_up()
    """,
    "the body imports torch": """
        @given(st.integers())
        def test_property(x):
            warm_up()
            import torch
    """,
    "a helper imports torch": """
        def helper():
            from torch.nn import functional

        @given(st.integers())
        def test_property(x):
            warm_up()
            helper()
    """,
    "importorskip": """
        import pytest

        @given(st.integers())
        def test_property(x):
            warm_up()
            pytest.importorskip("torch")
    """,
    "a name from torch": """
        from torch import ones as make

        @given(st.integers())
        def test_property(x):
            warm_up()
    """,
    "an assertion of this plugin": """
        from pytest_torchkata import assert_close

        @given(st.integers())
        def test_property(x):
            warm_up()
    """,
    "the fixture device": """
        @given(x=st.integers())
        def test_property(device, x):
            warm_up()
    """,
    "a method": """
        import torch

        class TestProperty:
            @settings(max_examples=5)
            @given(x=st.integers())
            def test_property(self, x):
                warm_up()
    """,
    "a unittest": """
        import torch, unittest

        class TestProperty(unittest.TestCase):
            @given(x=st.integers())
            def test_property(self, x):
                warm_up()
    """,
    "parametrized": """
        import pytest, torch

        @pytest.mark.parametrize("n", [1])
        @settings(max_examples=5)
        @given(x=st.integers())
        def test_property(n, x):
            warm_up()
    """,
    "wrapped": """
        import torch
        from unittest.mock import patch

        @patch("time.time")
        @settings(max_examples=5)
        @given(x=st.integers())
        def test_property(clock, x):
            warm_up()
    """,
    "an inner property": """
        import torch

        def test_property():
            @settings(max_examples=5)
            @given(st.integers())
            def check(x):
                warm_up()

            check()
    """,
    "a property of the module called by a test": """
        import torch

        @settings(max_examples=5)
        @given(st.integers())
        def check(x):
            warm_up()

        def test_property():
            check()
    """,
    "an inherited profile": """
        import torch

        settings.register_profile("mine", max_examples=5)
        settings.load_profile("mine")

        @given(st.integers())
        def test_property(x):
            warm_up()
    """,
}


@pytest.mark.parametrize("code", USES_TORCH.values(), ids=USES_TORCH.keys())
def test_a_slow_first_call_is_no_failure_where_torch_is_used(code: str, run: Run) -> None:
    result = run(code)

    result.assert_outcomes(passed=1)


def test_the_first_import_of_torch_in_a_body_is_no_failure(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    pytester.makeconftest("from hypothesis import settings\nsettings.load_profile('default')")
    pytester.makepyfile(
        test_file=WARM_UP
        + textwrap.dedent(
            """
            import sys

            def test_nothing_loaded_it_before():
                assert "torch" not in sys.modules

            @given(st.integers())
            def test_property(x):
                warm_up()
                import torch

            @given(st.integers())
            def test_another(x):
                import torch
            """
        )
    )

    result = pytester.runpytest_subprocess("-p", "no:randomly")

    result.assert_outcomes(passed=3)


def test_hypothesis_may_be_imported_by_the_test_itself(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_property():
            import time
            import torch
            from hypothesis import given, settings, strategies as st

            settings.load_profile("default")
            calls = []

            @given(st.integers())
            def check(x):
                calls.append(1)
                if len(calls) == 1:
                    time.sleep(0.3)

            check()
        """
    )

    result = pytester.runpytest_subprocess("-p", "no:randomly")

    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("plugin", [("-n2",), ("-p", "no:hypothesispytest")], ids=" ".join)
def test_it_holds_in_workers_and_without_hypothesis_own_plugin(
    plugin: tuple[str, ...], run: Run
) -> None:
    result = run(USES_TORCH["settings say something else"], *plugin)

    result.assert_outcomes(passed=1)


CHOSEN = {
    "in settings": """
        @settings(deadline=200)
        @given(st.integers())
        def test_property(x):
            warm_up()
    """,
    "another value": """
        @settings(deadline=100)
        @given(st.integers())
        def test_property(x):
            warm_up()
    """,
    "in a profile": """
        settings.register_profile("mine", deadline=200)
        settings.load_profile("mine")

        @given(st.integers())
        def test_property(x):
            warm_up()
    """,
    "in the profile default": """
        settings.register_profile("default", deadline=200)

        @settings(max_examples=5)
        @given(st.integers())
        def test_property(x):
            warm_up()
    """,
    "in a parent": """
        strict = settings(deadline=200)

        @settings(strict, max_examples=5)
        @given(st.integers())
        def test_property(x):
            warm_up()
    """,
    "parametrized": """
        import pytest

        @pytest.mark.parametrize("n", [1])
        @settings(deadline=200)
        @given(x=st.integers())
        def test_property(n, x):
            warm_up()
    """,
    "of an inner property": """
        def test_property():
            @settings(deadline=200)
            @given(x=st.integers())
            def check(x):
                warm_up()

            check()
    """,
}


@pytest.mark.parametrize("code", CHOSEN.values(), ids=CHOSEN.keys())
def test_a_deadline_that_was_chosen_stays(code: str, run: Run) -> None:
    result = run("import torch\n" + textwrap.dedent(code))

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*DeadlineExceeded*"])


def test_a_test_without_torch_keeps_hypothesis_default(run: Run) -> None:
    result = run(
        """
        @given(st.integers())
        def test_property(x):
            warm_up()
        """
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*DeadlineExceeded*"])


def test_a_test_without_torch_keeps_it_beside_others_that_use_torch(
    run: Run, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(test_aaa="import torch\ndef test_torch(): torch.ones(1)")

    result = run(
        """
        import json, numpy, pytest

        @given(st.integers())
        def test_property(x):
            warm_up()
        """,
    )

    result.assert_outcomes(passed=1, failed=1)


def test_the_settings_read_the_same_outside_of_tests(run: Run) -> None:
    settings.load_profile("default")  # which the run loads too; a CI's profile is another one
    before = repr(settings(max_examples=5))
    run(USES_TORCH["the module imports torch"])

    assert repr(settings(max_examples=5)) == before
    with pytest.raises(AttributeError):
        setattr(settings(), "deadline", None)  # noqa: B010  mypy knows that it is read-only
