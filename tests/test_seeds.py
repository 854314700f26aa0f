"""Each test's random numbers: from the run's seed and its node id, and repeated by one command."""

from __future__ import annotations

import json
import random
import shlex
from collections.abc import Callable, Mapping

import numpy as np
import pytest
import torch

from pytest_torchkata import seeds

DRAWS = """
    import json, random
    import numpy, pytest, torch

    def draw():
        return [torch.rand(()).item(), random.random(), float(numpy.random.rand())]

    @pytest.fixture
    def drawn():
        return draw()

    @pytest.fixture(scope="module")
    def shared():
        return draw()

    @pytest.mark.parametrize("n", [1, 2])
    def test_plain(n, record_property):
        record_property("drawn", json.dumps(draw()))

    def test_fixtures(shared, drawn, record_property):
        record_property("drawn", json.dumps([drawn, draw()]))

    def test_last(record_property):
        record_property("drawn", json.dumps(draw()))
"""

Drawn = Mapping[str, object]


@pytest.fixture
def drawn(pytester: pytest.Pytester) -> Callable[..., Drawn]:
    """Run the file above and return what each of its tests drew, by test name."""
    pytester.makepyfile(test_draws=DRAWS)
    # A report's properties arrive in the controller, from xdist's workers too.
    pytester.makeconftest(
        """
        import json, pathlib

        def pytest_runtest_logreport(report):
            if report.when == "call":
                line = json.dumps([report.nodeid, dict(report.user_properties)["drawn"]])
                with open("drawn.jsonl", "a") as file:
                    print(line, file=file)
        """
    )

    def run(*arguments: str, randomly: bool = False) -> Drawn:
        record = pytester.path / "drawn.jsonl"
        record.unlink(missing_ok=True)
        result = pytester.runpytest(*arguments, *(() if randomly else ("-p", "no:randomly")))
        assert result.ret == pytest.ExitCode.OK
        return dict(json.loads(line) for line in record.read_text().splitlines())

    return run


def test_the_numbers_of_a_test_depend_on_nothing_that_runs_with_it(
    drawn: Callable[..., Drawn],
) -> None:
    whole = drawn()

    assert len(set(map(str, whole.values()))) == len(whole) == 4
    assert drawn() == whole
    assert drawn("-k", "last") == {name: whole[name] for name in whole if "last" in name}
    assert drawn("test_draws.py::test_last", "test_draws.py::test_plain").items() <= whole.items()


def test_the_numbers_are_the_same_in_workers(drawn: Callable[..., Drawn]) -> None:
    assert drawn("-n2") == drawn()
    assert drawn("-n2", "--torchkata-seed=7") == drawn("--torchkata-seed=7")


def test_another_seed_gives_other_numbers(drawn: Callable[..., Drawn]) -> None:
    zero, seven = drawn("--torchkata-seed=0"), drawn("--torchkata-seed=7")

    assert drawn() == zero
    assert all(zero[name] != seven[name] for name in zero)
    assert drawn("-o", "torchkata_seed=7") == seven
    assert drawn("--torchkata-seed=random") not in (zero, seven)


def test_off_seeds_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import random, torch

        def test_seeds():
            assert torch.default_generator.initial_seed() == 99
        """
    )
    torch.manual_seed(99)

    pytester.runpytest("--torchkata-seed=off", "-p", "no:randomly").assert_outcomes(passed=1)
    pytester.runpytest("--torchkata-seed=0", "-p", "no:randomly").assert_outcomes(failed=1)


@pytest.mark.parametrize("seed", ["-1", "4294967296", "1.5", "today", "٣"])
def test_a_value_that_is_no_seed_is_refused(seed: str, pytester: pytest.Pytester) -> None:
    result = pytester.runpytest(f"--torchkata-seed={seed}")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    expected = f"ERROR: --torchkata-seed: '{seed}' is no seed: *"
    result.stderr.fnmatch_lines([expected + " 0 to 4294967295, random or off."])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-p", "no:randomly"), "seed 0"),
        (("-p", "no:randomly", "--torchkata-seed=5"), "seed 5"),
        (("--torchkata-seed=5", "-p", "randomly", "--randomly-seed=3"), "seed 5"),
        (("-p", "randomly", "--randomly-seed=3"), "seed 3 of pytest-randomly"),
        (("--torchkata-seed=off",), "seed off"),
    ],
    ids=["default", "asked for", "both", "randomly", "off"],
)
def test_the_header_names_the_seed(
    arguments: tuple[str, ...], said: str, pytester: pytest.Pytester
) -> None:
    if "randomly" in arguments:
        pytest.importorskip("pytest_randomly")
        arguments = tuple(a for a in arguments if a not in ("-p", "randomly"))

    result = pytester.runpytest(*arguments)

    result.stdout.fnmatch_lines([f"torchkata: torch *, devices *, {said}"])


def test_a_failure_names_the_one_command_that_repeats_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        **{
            "inner/test_odd": """
                import pytest, torch

                class TestIt:
                    @pytest.mark.parametrize("name", ["a b"])
                    def test_fails(self, name, device):
                        assert torch.rand(()).item() == 2
            """
        }
    )
    options = ("-p", "no:randomly", "--torchkata-seed=11", "--torchkata-device=cpu")

    first = pytester.runpytest(*options)

    command = (
        'pytest "inner/test_odd.py::TestIt::test_fails[a b-cpu]" '
        "--torchkata-device=cpu --torchkata-seed=11"
    )
    first.stdout.fnmatch_lines(["*- torchkata -*", f"again: {command}".replace("[", "[[]")])
    again = pytester.runpytest(*shlex.split(command)[1:], "-p", "no:randomly")
    again.assert_outcomes(failed=1)
    assert _compared(again) == _compared(first)


def _compared(result: pytest.RunResult) -> list[str]:
    return [line for line in result.outlines if line.startswith("E ") and "== 2" in line]


def test_the_command_holds_from_another_folder(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = pytester.makepyfile("import torch\ndef test_fails(): assert 0")
    pytester.makeini("[pytest]")
    elsewhere = pytester.mkdir("elsewhere")
    monkeypatch.chdir(elsewhere)

    result = pytester.runpytest("-p", "no:randomly", path)

    result.stdout.fnmatch_lines([f'again: pytest "../{path.name}::test_fails" --torchkata-seed=0'])


def test_a_failure_under_pytest_randomly_is_repeated_by_its_seed(
    pytester: pytest.Pytester,
) -> None:
    pytest.importorskip("pytest_randomly")
    pytester.makepyfile(test_it="import torch\ndef test_fails(): assert torch.rand(()).item() == 2")

    first = pytester.runpytest("--randomly-seed=5")
    again = pytester.runpytest("--randomly-seed=5")
    other = pytester.runpytest("--randomly-seed=6")

    first.stdout.fnmatch_lines(['again: pytest "test_it.py::test_fails" --randomly-seed=5'])
    assert _compared(first) == _compared(again) != _compared(other)


def test_pytest_randomly_keeps_its_numbers(drawn: Callable[..., Drawn]) -> None:
    pytest.importorskip("pytest_randomly")

    five = drawn("--randomly-seed=5", randomly=True)

    assert drawn("--randomly-seed=5", randomly=True) == five
    assert drawn("--randomly-seed=5", "-k", "last", randomly=True).items() <= five.items()
    six = drawn("--randomly-seed=6", randomly=True)
    assert all(five[name] != six[name] for name in five)


def test_a_seed_that_is_asked_for_wins_over_pytest_randomly(
    drawn: Callable[..., Drawn],
) -> None:
    pytest.importorskip("pytest_randomly")

    alone = drawn("--torchkata-seed=7")

    assert drawn("--torchkata-seed=7", "--randomly-seed=5", randomly=True) == alone


def test_all_generators_get_what_their_own_seed_functions_give() -> None:
    seeds.seed_all(1234)
    ours = torch.rand(3), random.random(), np.random.rand()
    random.seed(1234)
    np.random.seed(1234)
    torch.manual_seed(1234)

    assert torch.equal(ours[0], torch.rand(3))
    assert ours[1:] == (random.random(), np.random.rand())


class FakeBackEnd:
    """What `torch.cuda` is to a seed: generators that appear with its first use."""

    def __init__(self) -> None:
        self.default_generators: tuple[torch.Generator, ...] = ()
        self.queue: list[Callable[[], None]] = []

    def _is_compiled(self) -> bool:
        return True

    def _lazy_call(self, call: Callable[[], None]) -> None:
        self.queue.append(call)

    def is_initialized(self) -> bool:
        return bool(self.default_generators)

    def initialise(self) -> None:
        self.default_generators = (torch.Generator(), torch.Generator())
        for call in self.queue:
            call()

    def seeds(self) -> list[int]:
        return [generator.initial_seed() for generator in self.default_generators]


def test_an_accelerator_that_is_initialised_is_seeded(monkeypatch: pytest.MonkeyPatch) -> None:
    cuda = FakeBackEnd()
    monkeypatch.setattr(torch, "cuda", cuda)
    cuda.initialise()

    seeds.seed_torch(77)

    assert cuda.seeds() == [77, 77]


def test_an_accelerator_starts_from_the_seed_of_the_test_that_initialises_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cuda = FakeBackEnd()
    monkeypatch.setattr(torch, "cuda", cuda)
    for seed in (77, 78, 79):
        seeds.seed_torch(seed)

    cuda.initialise()

    assert cuda.seeds() == [79, 79]
    assert len(cuda.queue) == 1


def test_hypothesis_restores_initialised_accelerators(monkeypatch: pytest.MonkeyPatch) -> None:
    cuda = FakeBackEnd()
    monkeypatch.setattr(torch, "cuda", cuda)
    cuda.initialise()
    generators = seeds.TorchRandom()

    state = generators.getstate()
    expected = [torch.rand(2, generator=generator) for generator in cuda.default_generators]
    generators.seed(0)
    generators.setstate(state)

    for generator, values in zip(cuda.default_generators, expected, strict=True):
        assert torch.equal(torch.rand(2, generator=generator), values)


def test_nothing_is_seeded_before_torch_is_loaded(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import random, sys

        random.seed(3)
        expected = random.random(), random.random()
        random.seed(3)

        def test_first():
            assert random.random() == expected[0]

        def test_second():
            assert random.random() == expected[1]
            assert "torch" not in sys.modules
        """
    )

    result = pytester.runpytest_subprocess("-p", "no:randomly")

    result.assert_outcomes(passed=2)


def test_a_falsifying_example_replays(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import torch
        from hypothesis import given, settings, strategies as st

        @settings(database=None)
        @given(st.integers(0, 1000))
        def test_noise(n):
            noise = torch.rand(5)
            assert not (n > 10 and noise.sum() >= 0), noise.tolist()
        """
    )

    result = pytester.runpytest("-p", "no:randomly")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*n=11,*"])
    result.stdout.no_fnmatch_line("*Flaky*")
    torch.manual_seed(0)
    result.stdout.fnmatch_lines([f"*AssertionError: [[]{torch.rand(5).tolist()[0]}, *"])


def test_examples_leave_the_generators_of_a_plain_program_as_they_were(
    pytester: pytest.Pytester,
) -> None:
    script = pytester.makepyfile(
        """
        import torch
        from hypothesis import given, strategies as st

        @given(st.integers())
        def draws(n):
            drawn.add(torch.rand(()).item())

        drawn = set()
        torch.manual_seed(5)
        draws()
        after = torch.rand(())
        torch.manual_seed(5)
        assert torch.equal(after, torch.rand(())), "state"
        assert len(drawn) == 1, drawn
        print("good")
        """
    )

    result = pytester.runpython(script)

    result.stdout.fnmatch_lines(["good"])


def test_rng_is_a_generator_of_its_own_for_each_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import random, torch

        seen = []

        def test_one(rng): seen.append(rng.random())
        def test_two(rng): seen.append(rng.random())

        def test_seen():
            assert len(set(seen)) == 2
            print("seen", seen)
        """
    )
    arguments = ("-s", "-p", "no:randomly")

    first, again, other = (
        [line for line in pytester.runpytest(*arguments, *more).outlines if "seen [" in line]
        for more in ((), ("-p", "no:cacheprovider"), ("--torchkata-seed=9",))
    )

    assert first == again != other


def test_a_suite_s_own_rng_stays(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        their_plugin="import pytest\n@pytest.fixture\ndef rng(): return 'theirs'",
        test_it="def test_it(rng): assert rng == 'theirs'",
    )
    pytester.syspathinsert()

    pytester.runpytest("-p", "their_plugin").assert_outcomes(passed=1)


def test_a_test_that_imports_torch_in_its_body_is_seeded_too(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_first():
            import torch
            print("drew", torch.rand(()).item())
        """,
        test_before="import torch",
    )
    arguments = ("-s", "-p", "no:randomly")

    alone = pytester.runpytest_subprocess(*arguments, "--ignore=test_before.py")
    after = pytester.runpytest_subprocess(*arguments)

    assert _drew(alone) == _drew(after)


def _drew(result: pytest.RunResult) -> str:
    line = next(line for line in result.outlines if "drew" in line)
    return line.rpartition("drew")[2]
