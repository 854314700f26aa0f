"""The pytest plugin: hooks and fixtures, each one call into a module that does the work.

Loading this imports neither torch nor Hypothesis, and of the plugin's own modules those alone that
every run needs: the hook that needs another imports it.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from . import _comparisons, _current, _fixtures, _header, _kata, _options, _seeding
from ._guard import Guard
from ._loading import TorchImport
from ._options import Options
from ._run import DeviceRun
from ._seeding import Seeding

if TYPE_CHECKING:
    from ._workers import Worker

_RUN = pytest.StashKey[DeviceRun]()
_GUARD = pytest.StashKey[Guard]()
_WORKER: pytest.StashKey[Worker | None] = pytest.StashKey()
_CONTROLLER, _LISTENER = "torchkata-controller", "torchkata-listener"


def pytest_addoption(parser: pytest.Parser) -> None:
    _options.add(parser)


@pytest.hookimpl(trylast=True)  # after other plugins have registered theirs
def pytest_configure(config: pytest.Config) -> None:
    _options.register_markers(config)
    _comparisons.enter(config)
    _fixtures.register(config)
    run = DeviceRun.of(config)
    config.stash[_RUN] = run
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        controller = _Controller(run)
        config.pluginmanager.register(controller, _CONTROLLER)
        if run.named or getattr(config.option, "dist", "no") != "no":  # workers collect elsewhere
            _listen(config)


@pytest.hookimpl(tryfirst=True)  # before the header, and before xdist starts its workers
def pytest_sessionstart(session: pytest.Session) -> None:
    config = session.config
    config.stash[_seeding.KEY] = Seeding.of(config, Options.of(config).seed)
    config.stash[_GUARD] = Guard.of(config)
    config.stash[_RUN].check()

    worker = config.stash[_WORKER] = _worker(config)

    torch_comes_later = "torch" not in sys.modules

    def torch_is_loaded() -> None:
        if worker is not None:
            worker.torch_is_loaded()
        config.stash[_GUARD].torch_is_loaded()
        if torch_comes_later:  # in a test's body; else the test that starts is seeded as ever
            _seeding.seed_current()

    watch = TorchImport(torch_is_loaded)
    watch.start()
    config.add_cleanup(watch.stop)
    config.add_cleanup(lambda: _current.end(config))  # a run that was broken off in a test


def _worker(config: pytest.Config) -> Worker | None:
    if not hasattr(config, "workerinput"):
        return None
    from ._workers import Worker

    return Worker.of(config)


def pytest_report_header(config: pytest.Config) -> str:
    return _header.line(config.stash[_RUN].device, str(config.stash[_seeding.KEY]))


@pytest.hookimpl(trylast=True)  # after everyone who may parametrize `device`
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "device" not in metafunc.fixturenames and "dtype" not in metafunc.fixturenames:
        return
    from . import _parametrize

    _parametrize.parametrize(metafunc, metafunc.config.stash[_RUN])
    _listen(metafunc.config)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "hypothesis" in sys.modules:  # loaded without its entry points
        from . import _deadline

        _deadline.install()
    marked = _options.marked(items)
    if marked:
        from . import _requirements

        _requirements.read_markers(config, marked, config.stash[_RUN], config.stash[_WORKER])
    guard = config.stash[_GUARD]
    guard.read_markers(marked)
    # What no test of the run asks for has no hooks, and costs none of its tests anything.
    if guard.is_needed:
        config.pluginmanager.register(_StateGuard(guard))
    if any(item.get_closest_marker(name) for item in marked for name in _options.GUARDS):
        config.pluginmanager.register(_Operations())


@pytest.hookimpl(tryfirst=True)  # before the fixtures
def pytest_runtest_setup(item: pytest.Item) -> None:
    _current.begin(item, setup=True)
    if getattr(item, "fixturenames", None):
        _seeding.seed_current()


@pytest.hookimpl(tryfirst=True)  # before the test itself, after whatever wraps it
def pytest_runtest_call(item: pytest.Item) -> None:
    _current.begin(item, setup=False)
    _seeding.seed_current()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    _current.end(item.config)


def pytest_assertrepr_compare(
    config: pytest.Config, op: str, left: object, right: object
) -> list[str] | None:
    return _comparisons.explain(config, op, left, right)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    if call.excinfo is not None:
        from . import _gradient_notes

        _gradient_notes.add(item, call)  # sections are read when the report is made
    report = yield
    if call.when == "call":
        item.config.stash[_RUN].note(item, report)
    elif call.excinfo is None:  # most reports of a run: set-up and tear-down that went well
        return report
    if report.failed:
        from . import _requirements

        _requirements.explain(call.excinfo, report)
        item.config.stash[_seeding.KEY].explain(item, report)
    _comparisons.attach(item, call, report)
    return report


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> None:
    # All that a suite without katas pays for them: one look for a file, per test module.
    if (module_path.parent / "kata.toml").is_file():
        from ._kata import run

        run.of(parent.config).add(module_path.parent)
        _listen(parent.config)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> Generator[None, None, None]:
    reports = (report for reports in terminalreporter.stats.values() for report in reports)
    if not any(hasattr(report, _kata.RECORD) for report in reports):
        if not terminalreporter.stats.keys() & {"failed", "error"}:
            return (yield)
        from . import _colours

        with _colours.shown(terminalreporter):
            return (yield)
    from ._kata import summary

    with summary.shown(terminalreporter, config):
        return (yield)


def _listen(config: pytest.Config) -> None:
    """Have the controller, where there is one, hear of every test from now on."""
    controller = config.pluginmanager.get_plugin(_CONTROLLER)
    if controller is not None and not config.pluginmanager.hasplugin(_LISTENER):
        config.pluginmanager.register(_Listener(controller), _LISTENER)


class _Controller:
    """The hooks of the one process that hears of every test, under xdist too."""

    def __init__(self, run: DeviceRun) -> None:
        self.run = run
        self.katas: list[Mapping[str, str]] = []  # one for each step of a kata that ended
        self.remarks: list[str] = []

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:  # of xdist, which need not be there
        node.workerinput["torchkata_seed"] = node.config.stash[_seeding.KEY].run_seed

    @pytest.hookimpl(tryfirst=True)  # before the summary, which names the exit status
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if session.exitstatus == pytest.ExitCode.OK and self.run.unmet():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if self.katas:
            from ._kata import run

            self.remarks = run.keep_progress(session.config, self.katas)

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, exitstatus: int
    ) -> None:
        finished = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        if finished and (complaint := self.run.unmet()):
            terminalreporter.write_line(f"ERROR: {complaint}", red=True)
        for line in self.remarks:
            terminalreporter.write_line(line, yellow=True)
        if not self.katas and (remark := self.run.left_out()):  # a learner has one device
            terminalreporter.write_line(remark)


class _Listener:
    """The hook of a run in which a test may need a device, or is a step of a kata."""

    def __init__(self, controller: _Controller) -> None:
        self.controller = controller

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            self.controller.run.record(report)
        if (record := getattr(report, "torchkata", None)) is not None:
            self.controller.katas.append(record)


class _StateGuard:
    """The hooks of a run in which a test is guarded."""

    def __init__(self, guard: Guard) -> None:
        self.guard = guard

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        self.guard.enter(item)
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self) -> Generator[None, object, object]:
        try:
            result = yield
        finally:
            leak = self.guard.leave()
        if leak:
            pytest.fail(leak, pytrace=False)
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any]
    ) -> Generator[None, object, object]:
        before = self.guard.before_fixture(fixturedef)
        try:
            return (yield)
        finally:
            self.guard.after_fixture(fixturedef, before)

    def pytest_fixture_post_finalizer(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        self.guard.fixture_is_gone(fixturedef)


class _Operations:
    """The hook of a run in which a test forbids or requires operations."""

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, object, object]:
        marks = [mark for name in _options.GUARDS for mark in pyfuncitem.iter_markers(name)]
        if not marks:
            return (yield)
        from .operations import Mark, guarded

        guards = [Mark(mark.name, mark.args, dict(mark.kwargs)) for mark in marks]
        with guarded(guards, pyfuncitem.path.parent):
            return (yield)
