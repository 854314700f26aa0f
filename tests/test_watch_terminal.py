"""The watcher on a terminal, and where there is no fork."""

from __future__ import annotations

import importlib.util
import io
import os
import queue
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import kata_folders
import pytest
from rich.console import Console
from rich.text import Text
from terminals import PATIENCE, Terminal

from pytest_torchkata._kata import metadata
from pytest_torchkata._kata.progress import Book
from pytest_torchkata._kata.watch import child, lines, saves
from pytest_torchkata._kata.watch.loop import Watcher
from pytest_torchkata._kata.watch.runners import Events, Spawning
from pytest_torchkata._kata.watch.verdicts import Run
from pytest_torchkata._kata.watch.views import Moment, Screen
from pytest_torchkata._kata.words import Words
from pytest_torchkata._kata.wrapping import hanging

needs_pty = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")


@needs_pty
def test_the_screen_and_its_keys(tmp_path: Path) -> None:
    folder = kata_folders.make(tmp_path)
    kata_folders.make(tmp_path, name="02_세배", tests="from .세배 import double\n")
    terminal = Terminal(tmp_path, "watch", "1")
    try:
        red = terminal.until("waiting for the next save of double.py")
        (folder / "double.py").write_text(kata_folders.RIGHT)
        green = terminal.until("Green: all 3 steps pass.")
        terminal.press("h")
        hint = terminal.until("hint 1 of 1")
        terminal.press("l")
        listed = terminal.until("02_세배")
        terminal.press("o")
        lesson = terminal.until("README.md")
        terminal.press("n")
        terminal.until("02_세배: ")
        terminal.press("p")
        terminal.until("01_double: ")
        terminal.press("q")
        code = terminal.process.wait(timeout=30)
    finally:
        terminal.close()

    assert "step 1  test_of_one" in red
    assert "not written yet: double.py:3, in double" in red
    assert "n moves on to the next kata" in green
    assert "Add." in hint
    assert "→ 01_double" in listed
    assert "Twice as much" in lesson
    assert max(len(line) for line in (red + green + listed).splitlines()) <= 80
    assert code == 0
    assert Book(tmp_path).read().katas["01_double"].hints == 1


@needs_pty
def test_a_low_terminal_shows_pages(tmp_path: Path) -> None:
    folder = kata_folders.make(tmp_path)
    lesson = "\n".join(f"- line {number} of the lesson" for number in range(1, 21))
    (folder / "README.md").write_text(lesson)
    terminal = Terminal(tmp_path, "watch", "1", rows=16)
    try:
        terminal.until("waiting for the next save of double.py")
        terminal.press("o")
        first = terminal.until("page 1 of 3; the space bar turns it")
        terminal.press(" ")
        second = terminal.until("page 2 of 3")
        terminal.press("o")
        away = terminal.until("double.py:3, in double")
        terminal.press("o")
        terminal.until("page 1 of 3")
        terminal.resize(60)
        whole = terminal.until("line 20 of the lesson")
        terminal.press("p")
        alone = terminal.until("There is no kata before or after this one.")
    finally:
        terminal.close()

    assert "line 1 of the lesson" in first
    assert "line 12 of the lesson" not in first
    assert "line 12 of the lesson" in second
    assert len(first.splitlines()) <= 16
    assert "page" not in whole
    assert "of the lesson" not in away
    assert "step 1  test_of_one" in alone


@needs_pty
def test_a_dumb_terminal_is_never_cleared(tmp_path: Path) -> None:
    kata_folders.make(tmp_path)
    terminal = Terminal(tmp_path, "watch", "1", TERM="dumb")
    try:
        shown = terminal.until("waiting for the next save of double.py")
        terminal.press("h")
        terminal.until("hint 1 of 1")
    finally:
        terminal.close()

    assert "step 1  test_of_one" in shown
    assert "\x1b" not in terminal.text


def drawn(moment: Moment, *, terminal: bool = True) -> str:
    """What the screen shows at `moment`, in 60 columns."""
    console = Console(
        width=60, height=30, force_terminal=terminal, highlight=False, no_color=True, _environ={}
    )
    screen = Screen(console, Words("en"))
    with pytest.MonkeyPatch.context() as patch:
        stream = io.StringIO()
        patch.setattr(sys, "stdout", stream)
        screen.draw(moment)
    return re.sub(r"\x1b\[[0-9;]*[mHJ]", "", stream.getvalue())


def test_a_red_step_is_shown_in_full_before_its_smallest_case_is_known(run: Run) -> None:
    text = "no: 34\n\nsmallest case that shows it\n    x=17"
    red = {"step": "test_of_one", "headline": "no: 34", "text": text, "error": "AssertionError"}
    run.take({"event": "step", "full": False, "record": red})

    shown = drawn(Moment(run.kata, run))

    assert "a case that shows it\n    x=17\n" in shown
    assert "smallest case that shows it" not in shown
    assert "looking for the smallest case" in shown


def test_without_a_terminal_a_run_is_printed_once_it_is_over(run: Run) -> None:
    red = {"step": "test_of_one", "headline": "no", "text": "no", "error": "AssertionError"}
    run.take({"event": "step", "full": True, "record": red})

    going_on = drawn(Moment(run.kata, run), terminal=False)
    slow = drawn(Moment(run.kata, run, remarks=["a loop?"]), terminal=False)
    run.take({"event": "done"})
    over = drawn(Moment(run.kata, run), terminal=False)

    assert going_on == ""
    assert "a loop?" in slow
    assert "step 1  test_of_one" in over
    assert "waiting for the next save of double.py" in over


def test_while_all_examples_are_tried_the_screen_counts_the_steps(run: Run) -> None:
    for full in (False, True):
        record = {"step": "test_of_one"}
        run.take({"event": "step", "full": full, "record": record})
        run.take({"event": "first verdict"})

    assert "now on all of them: 1." in " ".join(drawn(Moment(run.kata, run)).split())


def test_what_a_line_goes_on_with_is_indented_as_its_beginning() -> None:
    text = Text("no indent at all here\n\n  - an item\n    두 번째 줄은 넓은 글자입니다")

    lines = [line.plain for line in hanging(text, Console(width=24))]

    assert lines == [
        "no indent at all here",
        "",
        "  - an item",
        "    두 번째 줄은 넓은",
        "    글자입니다",
    ]
    bullet = hanging(Text("  - an item of seven words"), Console(width=24))
    assert [line.plain for line in bullet] == ["  - an item of seven", "    words"]


def test_where_there_is_no_fork_a_spare_process_waits(tmp_path: Path) -> None:
    folder = kata_folders.make(tmp_path, learner=kata_folders.RIGHT)
    events: Events = queue.SimpleQueue()
    runner = Spawning(events, tmp_path)
    try:
        runner.prepare(folder, ())
        runner.start(1, [])
        first = until_ended(events)
        (folder / "double.py").write_text("import os\ndef double(x): os._exit(9)\n")
        runner.start(2, ["test_of_a_negative"])
        second = until_ended(events)
    finally:
        runner.close()

    kata = metadata.load(folder)
    green, red = Run.of(1, kata), Run.of(2, kata)
    for message in first:
        green.take(message)
    for message in second:
        red.take(message)
    assert green.state == "green"
    assert red.focus == "test_of_a_negative"
    assert red.trouble == "the process ended with exit code 9 during test_of_a_negative"


def until_ended(events: Events) -> list[lines.Message]:
    messages = []
    while True:
        _, message = events.get(timeout=PATIENCE)
        assert isinstance(message, dict)
        messages.append(message)
        if message["event"] == "ended":
            return [one for one in messages if one["event"] != "ready"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run of which nothing is known yet."""
    return Run.of(1, metadata.load(kata_folders.make(tmp_path)))


class Deaf:
    """A runner whose first step never ends."""

    def __init__(self, events: Events) -> None:
        self.events, self.cancelled = events, False

    def prepare(self, folder: Path, arguments: tuple[str, ...]) -> None: ...

    def start(self, number: int, first: list[str]) -> None:
        self.events.put(("run", {"event": "ready"}))
        self.events.put(("run", {"event": "start", "run": number, "step": "test_of_one"}))
        self.events.put(("run", {"event": "where", "run": number, "file": "d.py", "line": 2}))

    def cancel(self) -> None:
        self.cancelled = True

    def ask_where(self) -> None: ...

    def close(self) -> None: ...


class Told:
    """A view that remembers what it is told, and quits after the first run."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, object]]] = []
        self.runner: Deaf | None = None

    def event(self, name: str, **details: object) -> None:
        self.events.append((name, details))
        if name == "ended" and self.runner is not None:
            self.runner.events.put(("key", "q"))

    def draw(self, at: Moment) -> None: ...

    def forget(self) -> None: ...


@pytest.fixture
def signals() -> Iterator[None]:
    """Puts back what the watcher does to signals."""
    names = [getattr(signal, name, None) for name in ("SIGTERM", "SIGHUP", "SIGWINCH")]
    before = {number: signal.getsignal(number) for number in names if number is not None}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("signals")
def test_a_run_that_never_ends_is_stopped_by_force(tmp_path: Path) -> None:
    kata = metadata.load(kata_folders.make(tmp_path))
    view = Told()

    def deaf(events: Events, course: Path) -> Deaf:
        view.runner = Deaf(events)
        return view.runner

    code = Watcher([kata], kata, view, Words("en"), make_runner=deaf, last_seconds=0.5).watch()

    (verdict,) = [details for name, details in view.events if name == "verdict"]
    assert code == 0
    assert view.runner is not None
    assert view.runner.cancelled
    assert (verdict["state"], verdict["step"]) == ("red", "test_of_one")
    assert verdict["headline"] == (
        "test_of_one did not end within 0.5 seconds: is there a loop that never ends? "
        "It was at d.py:2."
    )
    assert Book(tmp_path).read().katas[kata.name].steps == {"test_of_one": "red"}


def test_a_run_that_ends_at_its_import_shows_what_was_printed(run: Run) -> None:
    run.take({"event": "ended", "status": 4, "output": "ERROR: unknown option --cov\n"})

    assert run.trouble == "the process ended with exit code 4 during import"
    assert run.red["import"]["text"].endswith("ERROR: unknown option --cov")


def test_green_needs_every_step(run: Run) -> None:
    for name in ("test_of_one", "test_of_anything"):
        run.take({"event": "step", "full": True, "record": {"step": name}})
    run.take({"event": "done"})

    assert run.state == "ended"


def test_a_skipped_step_is_not_passed(run: Run) -> None:
    run.take({"event": "step", "full": True, "record": {"step": "test_of_one", "skipped": "y"}})

    assert run.passed == set()
    assert run.full == []


def test_a_step_red_on_one_device_stays_red(run: Run) -> None:
    red = {"step": "test_of_one", "headline": "no", "text": "no", "error": "AssertionError"}
    run.take({"event": "step", "full": True, "record": red})
    run.take({"event": "step", "full": True, "record": {"step": "test_of_one"}})

    assert (run.state, run.passed) == ("red", set())


def test_messages_arrive_whole_whatever_the_pieces() -> None:
    reader = lines.Reader()

    found = [
        m
        for piece in (b'{"a"', b': 1}\n{"b": 2}\nno', b'ise\n{"c":3}\n')
        for m in reader.feed(piece)
    ]

    assert found == [{"a": 1}, {"b": 2}, {"c": 3}]


def test_the_digest_is_of_what_a_run_reads(tmp_path: Path) -> None:
    folder = kata_folders.make(tmp_path)
    before = saves.contents(folder)
    (folder / "notes.txt").write_text("nothing that a run reads")
    same = saves.contents(folder)
    (folder / "helper.py").write_text("x = 1\n")

    assert same == before
    assert saves.contents(folder) != before


def test_compiled_files_that_may_be_stale_are_removed(tmp_path: Path) -> None:
    folder = kata_folders.make(tmp_path)
    cache = folder / "__pycache__"
    cache.mkdir()
    learners, tests, old = (
        Path(importlib.util.cache_from_source(str(folder / "double.py"))),
        cache / "test_double.cpython-311-pytest-8.4.0.pyc",
        cache / "conftest.cpython-311-pytest-8.4.0.pyc",
    )
    (folder / "conftest.py").touch()
    for path in (learners, tests, old):
        path.touch()
    os.utime(folder / "conftest.py", (1, 1))  # long before it was compiled

    child.forget_bytecode(folder)

    assert [path for path in (learners, tests, old) if path.exists()] == [old]


def test_settings_and_conftests_count_as_setup(tmp_path: Path) -> None:
    folder = kata_folders.make(tmp_path)
    digests = [saves.setup(tmp_path, folder)]
    for place in (tmp_path / "pytest.ini", tmp_path / "conftest.py", folder / "conftest.py"):
        place.write_text("# new\n")
        digests.append(saves.setup(tmp_path, folder))

    assert len(set(digests)) == 4
