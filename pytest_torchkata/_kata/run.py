"""Runs the steps of katas: a pytest plugin of its own, registered once a kata is collected."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from .._options import Options
from . import RECORD, failure, language, metadata, progress, steps
from .failure import StateChanged
from .limits import OutOfTime, time_limit
from .metadata import Kata
from .words import Words

# False where nobody reads the case, as in a proof: shrinking takes most of a red run's time.
SMALLEST_CASES = pytest.StashKey[bool]()
# False where a verdict is not about the learner: in a proof, on a few examples only.
KEEP_PROGRESS = pytest.StashKey[bool]()
PLUGIN_NAME = "torchkata-katas"
IMPORT_SECONDS = 60.0  # torch itself may be imported here, from a cold disk
STEP_SECONDS = 60.0
PRINTED_LINES, PRINTED_WIDTH = 5, 74  # columns: with the indentation, a terminal has 80


class KataRun:
    """Hooks that apply to the steps of katas alone."""

    def __init__(self, config: pytest.Config) -> None:
        self._plain = plain_reports(config)
        self._language = Options.of(config).lang  # empty for the locale's
        self._katas: dict[Path, Kata] = {}
        self._prints: dict[Path, progress.Fingerprint] = {}
        self._claims: dict[Path, dict[str, str]] = {}
        self._out_of_time: dict[Path, str] = {}
        # torch without NumPy says so in the middle of a lesson that needs none.
        config.addinivalue_line("filterwarnings", "ignore:Failed to initialize NumPy")

    def add(self, folder: Path) -> None:
        """Take on the kata in `folder`."""
        try:
            kata = metadata.load(folder, language.chosen(self._language))
        except metadata.KataError as error:
            raise pytest.UsageError(str(error)) from None
        self._katas[folder] = kata
        # Before the import: a save during the run is not what this run judged.
        self._prints[folder] = progress.Fingerprint.of(kata)

    def _claim(self, kata: Kata, step: str) -> str:
        """What `step` states; nothing where the tests are broken, which their import tells."""
        if kata.folder not in self._claims:  # parsed for the first red step, and once
            try:
                every = steps.read(kata.tests)
            except (OSError, SyntaxError):
                every = ()
            self._claims[kata.folder] = {one.name: one.claim for one in every}
        return self._claims[kata.folder].get(step, "")

    def _kata_of(self, node: pytest.Item | pytest.Collector) -> Kata | None:
        kata = self._katas.get(node.path.parent)
        return kata if kata is not None and node.path == kata.tests else None

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        kata = self._kata_of(collector)
        if kata is None or not isinstance(collector, pytest.Module):
            return (yield)
        error: BaseException | None = None
        try:
            with _steady_state(), _hypothesis_profile(collector.config), time_limit(IMPORT_SECONDS):
                report = yield
        except (SystemExit, OutOfTime, StateChanged) as stopped:
            error = stopped
        else:
            call: pytest.CallInfo[Any] | None = getattr(report, "call", None)
            if report.passed or call is None or call.excinfo is None:
                return report
            error = call.excinfo.value
            # pytest wraps a SyntaxError or ImportError in a CollectError that is text only.
            error = error.__cause__ or error
        # The learner's file is broken, not this run: one failed step, and other katas go on.
        item = BrokenStub.from_parent(collector, name="import", error=error)
        return pytest.CollectReport(collector.nodeid, "passed", None, [item])

    @pytest.hookimpl(trylast=True)  # after those who shuffle
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the steps of a kata in the order they are written."""
        places = [at for at, item in enumerate(items) if self._kata_of(item) is not None]
        ordered = sorted((items[at] for at in places), key=_written)
        if not self._plain:
            for item in ordered:
                # pytest's own text, which Hypothesis asks for too, is replaced by the kata's. To
                # make it takes most of the time of a red run.
                item.repr_failure = _in_a_line  # type: ignore[method-assign]  # for this item
        for at, item in zip(places, ordered, strict=True):
            items[at] = item

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        kata = self._kata_of(item)
        if kata is None or isinstance(item, BrokenStub):
            return (yield)
        if kata.folder in self._out_of_time:
            pytest.skip(f"not run: {self._out_of_time[kata.folder]} did not end")
        try:
            with _steady_state(), _rules(kata, _step_name(item)), time_limit(STEP_SECONDS):
                return (yield)
        except OutOfTime:
            self._out_of_time[kata.folder] = _step_name(item)
            raise

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        kata = self._kata_of(item)
        if kata is None or (report.passed and report.when != "call"):
            return report
        record = {"kata": str(kata.folder), "step": _step_name(item)}
        record |= dataclasses.asdict(self._prints[kata.folder])
        if report.skipped and call.excinfo is not None:
            record["skipped"] = str(call.excinfo.value) or "no reason given"
        if report.failed and call.excinfo is not None:
            error = call.excinfo.value
            if isinstance(item, BrokenStub):
                found = failure.describe_import(error, kata)
            else:
                found = failure.describe(error, kata)
            text = found.text + _printed(report, Words(kata.language))
            record |= {"headline": found.headline, "text": text}
            record["error"] = type(error).__name__
            record["asserted"] = "yes" if isinstance(error, AssertionError) else ""
            if not self._plain:
                claim = self._claim(kata, _step_name(item))
                report.longrepr = f"{claim}\n\n{text}" if claim else text
        # A plain attribute of simple types: xdist carries it to the controller.
        setattr(report, RECORD, record)
        return report


class BrokenStub(pytest.Item):
    """Stands for the steps of a kata whose file cannot be imported."""

    def __init__(self, *, error: BaseException, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._error = error

    def runtest(self) -> None:
        """Raise what the import raised."""
        raise self._error

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the failure is shown."""
        return self.path, None, f"{self.path.name} needs the learner's file"


def of(config: pytest.Config) -> KataRun:
    """The run of katas that belongs to `config`, registered when first asked for."""
    run = config.pluginmanager.get_plugin(PLUGIN_NAME)
    if run is None:
        run = KataRun(config)
        config.pluginmanager.register(run, PLUGIN_NAME)
    assert isinstance(run, KataRun)
    return run


def keep_progress(config: pytest.Config, records: Sequence[Mapping[str, str]]) -> list[str]:
    """Write down how the steps of this run ended, and tell what the learner must know."""
    if not records or not config.stash.get(KEEP_PROGRESS, True):
        return []
    return progress.record(records)


def plain_reports(config: pytest.Config) -> bool:
    """Whether the user asked for pytest's own tracebacks: by --tb, or by -vv."""
    return config.getoption("tbstyle") != "auto" or config.get_verbosity() >= 2


@contextmanager
def _hypothesis_profile(config: pytest.Config) -> Iterator[None]:
    """The settings that a kata's steps take when they name none."""
    from hypothesis import HealthCheck, Phase, settings

    left_out = {Phase.explain}  # its remarks are for those who know Hypothesis
    if not config.stash.get(SMALLEST_CASES, True):
        left_out.add(Phase.shrink)
    settings.register_profile("torchkata-before", parent=settings.default)
    settings.register_profile(
        "torchkata-kata",
        deadline=None,  # a learner's machine may be slow, and torch's first call is
        # Under CI, Hypothesis would try one set of examples for ever, whatever its seed: a wrong
        # solution that it lets through once would stay green for good.
        derandomize=False,
        phases=[phase for phase in Phase if phase not in left_out],
        print_blob=False,
        report_multiple_bugs=False,  # one failure, the smallest, is what a learner can act on
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    settings.load_profile("torchkata-kata")
    try:
        yield
    finally:
        settings.load_profile("torchkata-before")


@contextmanager
def _steady_state() -> Iterator[None]:
    """Compute on one thread, and put torch's global state back; complain if it was changed.

    Tensors in katas are small: threads only make them wait for each other, seconds on a busy
    machine.
    """
    with warnings.catch_warnings():  # no kata needs NumPy, and a learner need not hear of it
        warnings.filterwarnings("ignore", message="Failed to initialize NumPy")
        import torch

    from ..state import State

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    state = State()
    before = state.read()
    try:
        yield
    except BaseException:
        state.put_back(before)
        raise
    else:
        changes = state.changes(before, state.read())
        state.put_back(before)
        if changes:
            listed = "".join(f"\n  {change}" for change in changes)
            raise StateChanged(f"your code left torch's global state changed:{listed}")
    finally:
        torch.set_num_threads(threads)


@contextmanager
def _rules(kata: Kata, step: str) -> Iterator[None]:
    """Forbid and require what `kata.toml` says, of the calls that the learner's file makes."""
    forbidden, required = kata.forbidden, kata.required
    with ExitStack() as stack:
        if forbidden.operations:
            from ..operations import forbid

            explained = {"reason": forbidden.reason, "hint": forbidden.hint}
            stack.enter_context(forbid(*forbidden.operations, within=kata.stub, **explained))
        if step in required.steps:
            from ..operations import require

            stack.enter_context(require(*required.operations, within=kata.stub))
        yield


def _printed(report: pytest.TestReport, say: Words) -> str:
    """What the code under test printed: the end of it, as a block of the failure's text."""
    lines = (report.capstdout + report.capstderr).splitlines()
    if not lines:
        return ""
    key = "printed_end" if len(lines) > PRINTED_LINES else "printed"
    shown = "\n".join(f"    {_shortened(line)}" for line in lines[-PRINTED_LINES:])
    return f"\n\n{say(key, count=PRINTED_LINES)}\n{shown}"


def _shortened(line: str) -> str:
    return line if len(line) <= PRINTED_WIDTH else line[:PRINTED_WIDTH] + "…"


def _in_a_line(excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
    """Stands in for pytest's traceback, which nobody sees."""
    return excinfo.exconly()


def _step_name(item: pytest.Item) -> str:
    name: str = getattr(item, "originalname", None) or item.name
    return name


def _written(item: pytest.Item) -> tuple[str, int]:
    """Where a step stands: file, and line in it."""
    return str(item.path), item.reportinfo()[1] or 0
