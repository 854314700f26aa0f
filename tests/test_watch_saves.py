"""The watcher: each save gets its verdict, whatever the learner's code does."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import kata_folders
import pytest

import pytest_torchkata
from pytest_torchkata._kata import metadata, progress, steps
from pytest_torchkata._kata.children import CAN_FORK
from pytest_torchkata._kata.progress import Book
from pytest_torchkata._kata.watch import saves

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="the warm process forks")

PATIENCE = 120.0  # seconds; a machine may be busy
Event = dict[str, Any]  # JSON


class Watched:
    """`torchkata watch --json` on a course of its own."""

    def __init__(self, course: Path, *arguments: str, **environment: str) -> None:
        self.course = course
        self.folder = course / "katas" / "01_double"
        self.stub = self.folder / "double.py"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pytest_torchkata", "watch", "1", "--json", *arguments],
            cwd=course,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            # Compiled files are one of the traps: there must be some.
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "", **environment},
        )
        self.events: list[Event] = []
        self._read = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.events.append(json.loads(line))

    def until(self, fits: Callable[[Event], bool]) -> list[Event]:
        """The events from where the last call stopped to the first that fits."""
        start, deadline = self._read, time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            while self._read < len(self.events):
                self._read += 1
                if fits(self.events[self._read - 1]):
                    return self.events[start : self._read]
            time.sleep(0.01)
        raise AssertionError(f"no such event; there were {self.events[start:]}")

    def end_of_run(self) -> list[Event]:
        """The events to the end of the next run that ends."""
        return self.until(lambda event: event["event"] == "ended")

    def save(self, text: str) -> list[Event]:
        """Save `text` as the learner's file, and give the events of the run."""
        self.stub.write_text(text, encoding="utf-8")
        return self.end_of_run()

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)


def verdicts(events: list[Event]) -> list[Event]:
    return [event for event in events if event["event"] == "verdict"]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """One watcher for the tests of this file: it takes seconds to warm up, on purpose."""
    course = tmp_path_factory.mktemp("course")
    kata_folders.make(course)
    watched = Watched(course)
    watched.end_of_run()
    yield watched
    watched.close()


@pytest.fixture
def watched(shared: Watched) -> Watched:
    """The shared watcher, its kata green and its files as they came."""
    for path in shared.folder.glob("*.py"):
        if path.name not in ("double.py", "test_double.py"):
            path.unlink()
    (shared.folder / "test_double.py").write_text(kata_folders.TESTS)
    (shared.folder / "kata.toml").write_text(kata_folders.TOML)
    # Unlike every save of a test: else it would be no change.
    shared.stub.write_text(f"{kata_folders.RIGHT}\n# {time.monotonic_ns()}\n")
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        states = [event.get("state") for event in shared.end_of_run()]
        if "green" in states and not shared.events[shared._read :]:
            return shared
    raise AssertionError(f"never green: {shared.events[-5:]}")


def test_green_is_said_after_all_examples_and_kept(watched: Watched) -> None:
    events = watched.save(kata_folders.RIGHT + "\n# the same, once more\n")

    assert [event["state"] for event in verdicts(events)] == ["passing", "green"]
    assert events[-1]["passed"] == 3
    kata = metadata.load(watched.folder)
    assert progress.standing(kata, Book(watched.course).read()).state == "green"


def test_a_mistake_that_few_examples_miss_is_found_by_all(watched: Watched) -> None:
    rare = (
        "calls = 0\n"
        "def double(x):\n    global calls\n    calls += 1\n    return x + x + (calls > 60)\n"
    )

    states = [event["state"] for event in verdicts(watched.save(rare))]

    assert states[0] == "passing"
    assert states[-1] == "red"
    assert "green" not in states


def test_red_is_told_at_once_then_with_its_smallest_case(watched: Watched) -> None:
    told = verdicts(watched.save("def double(x):\n    return x + x if x < 17 else 0\n"))

    assert [event["state"] for event in told] == ["red", "red"]
    assert [event["sure"] for event in told] == [False, True]
    assert {event["step"] for event in told} == {"test_of_anything"}
    assert "double(17) must be 34; yours is 0" in told[-1]["text"]
    assert (
        progress.standing(metadata.load(watched.folder), Book(watched.course).read()).next_step
        == steps.read(watched.folder / "test_double.py")[1]
    )


def test_what_failed_last_runs_first(watched: Watched) -> None:
    both = "def double(x):\n    return 5\n"
    watched.save("def double(x):\n    return x + x if x > 0 else 9\n")

    told = verdicts(watched.save(both))

    assert told[0]["step"] == "test_of_anything"


def test_a_broken_file_is_told_with_its_line(watched: Watched) -> None:
    (told,) = verdicts(watched.save("def double(x:\n    return x\n"))

    assert told["headline"].startswith("double.py:1 is not Python yet")


def rename_over(path: Path, text: str) -> None:
    other = path.with_suffix(".tmp")
    other.write_text(text)
    other.replace(path)


def truncate_then_write(path: Path, text: str) -> None:
    with path.open("w") as file:
        file.flush()
        time.sleep(0.1)
        file.write(text)


def remove_then_write(path: Path, text: str) -> None:
    path.unlink()
    time.sleep(0.1)
    path.write_text(text)


def backup_then_write(path: Path, text: str) -> None:  # vim
    path.replace(path.with_name("double.py~"))
    path.write_text(text)
    path.with_name("double.py~").unlink()
    path.touch()
    path.chmod(0o644)


@pytest.mark.parametrize(
    "way",
    [rename_over, truncate_then_write, remove_then_write, backup_then_write],
    ids=lambda way: str(way.__name__),
)
def test_every_way_to_save_gives_one_run(
    watched: Watched, way: Callable[[Path, str], None]
) -> None:
    way(watched.stub, kata_folders.RIGHT + f"\n# {way.__name__}\n")
    events = watched.end_of_run()
    time.sleep(0.5)

    assert verdicts(events)[-1]["state"] == "green"
    later = [event for event in watched.events[watched._read :] if event["event"] == "running"]
    assert [event["event"] for event in events].count("running") == 1
    assert later == []


def test_a_save_without_a_change_runs_nothing(watched: Watched) -> None:
    watched.stub.touch()
    watched.stub.write_text(watched.stub.read_text())
    time.sleep(0.5)

    assert watched.events[watched._read :] == []


def test_a_save_during_a_run_cancels_it(watched: Watched) -> None:
    watched.stub.write_text("while True:\n    pass\n")
    watched.until(lambda event: event["event"] == "running")

    events = watched.save(kata_folders.RIGHT + "\n# quick\n")

    assert verdicts(events)[-1]["state"] == "green"


def test_os_exit_is_told_and_survived(watched: Watched) -> None:
    told = verdicts(watched.save("import os\ndef double(x):\n    os._exit(3)\n"))[-1]

    assert told["headline"] == "the process ended with exit code 3 during test_of_one"
    assert verdicts(watched.save(kata_folders.RIGHT))[-1]["state"] == "green"


def test_a_crash_of_the_interpreter_is_told_and_survived(watched: Watched) -> None:
    told = verdicts(
        watched.save("import ctypes\ndef double(x):\n    return ctypes.string_at(0)\n")
    )[-1]

    assert told["headline"] == "the interpreter was ended by SIGSEGV during test_of_one"
    assert verdicts(watched.save(kata_folders.RIGHT))[-1]["state"] == "green"


def test_a_flood_of_output_is_survived(watched: Watched) -> None:
    flood = (
        "def double(x):\n    for _ in range(1000):\n        print('x' * 1_000_000)\n    return x\n"
    )

    told = verdicts(watched.save(flood))[-1]

    assert told["state"] == "red"
    assert verdicts(watched.save(kata_folders.RIGHT))[-1]["state"] == "green"


def alive(marker: str) -> list[int]:
    """The processes whose command line has `marker`."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if marker.encode() in (place / "cmdline").read_bytes():
                found.append(int(place.name))
    return found


def wait_until_gone(marker: str) -> list[int]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and alive(marker):
        time.sleep(0.05)
    return alive(marker)


needs_proc = pytest.mark.skipif(not Path("/proc/self").exists(), reason="reads /proc")


@needs_proc
def test_processes_that_the_code_starts_end_with_the_run(watched: Watched) -> None:
    marker = f"torchkata-test-{os.getpid()}"
    sleeper = f"[sys.executable, '-c', 'import time; time.sleep(600)', {marker!r}]"
    watched.save(
        "import subprocess, sys\n"
        f"subprocess.Popen({sleeper})\n"
        f"subprocess.Popen({sleeper}, start_new_session=True)\n" + kata_folders.RIGHT
    )

    assert wait_until_gone(marker) == []


@needs_proc
def test_a_fork_bomb_is_defused(watched: Watched) -> None:
    bomb = "import os\ndef double(x):\n    while True:\n        os.fork()\n"

    events = watched.save(bomb)

    assert verdicts(events)[-1]["state"] == "red"
    assert "fork bomb" in verdicts(events)[-1]["headline"]
    assert verdicts(watched.save(kata_folders.RIGHT))[-1]["state"] == "green"


SECOND = time.time() + 3600  # one and the same for every file that is saved "in it"


def save_in_the_same_second(path: Path, text: str) -> None:
    other = path.with_suffix(".tmp")
    other.write_text(text)
    os.utime(other, (SECOND, SECOND))
    other.replace(path)


def test_a_changed_test_file_counts_at_once(watched: Watched) -> None:
    changed = kata_folders.TESTS.replace("double(1) == 2", "double(1) == 3")
    assert len(changed) == len(kata_folders.TESTS)  # the same size in the same second
    tests = watched.folder / "test_double.py"
    save_in_the_same_second(tests, kata_folders.TESTS.replace("one is two", "one is TWO"))
    green = verdicts(watched.end_of_run())

    save_in_the_same_second(tests, changed.replace("one is two", "one is TWO"))
    told = verdicts(watched.end_of_run())

    assert green[-1]["state"] == "green"
    assert told[0]["step"] == "test_of_one"


def test_a_new_helper_beside_the_stub_is_seen_and_read_anew(watched: Watched) -> None:
    (watched.folder / "helper.py").write_text("factor = 2\n")
    watched.end_of_run()
    uses = "from .helper import factor\ndef double(x):\n    return x * factor\n"

    first = verdicts(watched.save(uses))[-1]["state"]
    (watched.folder / "helper.py").write_text("factor = 3\n")
    second = verdicts(watched.end_of_run())[0]["state"]

    assert (first, second) == ("green", "red")


def test_a_changed_kata_toml_counts_at_once(watched: Watched) -> None:
    watched.save("import torch\ndef double(x):\n    torch.add(1, 1)\n    return x + x\n")

    (watched.folder / "kata.toml").write_text(
        kata_folders.TOML + '[forbidden]\noperations = ["torch.add"]\n'
    )
    told = verdicts(watched.end_of_run())

    assert told[0]["state"] == "red"
    assert "add" in told[0]["headline"]


def test_changed_settings_of_pytest_count_at_once(watched: Watched) -> None:
    conftest = watched.folder / "conftest.py"
    conftest.write_text("import pytest\n@pytest.fixture(autouse=True)\ndef no(): assert 0, 'no'\n")

    told = verdicts(watched.end_of_run())

    conftest.unlink()
    watched.end_of_run()
    assert told[0]["state"] == "red"


def test_the_same_second_and_size_is_no_trap(watched: Watched) -> None:
    states = []
    for number in (1, 2, 1, 2):
        save_in_the_same_second(watched.stub, f"def double(x):\n    return x * {number}\n")
        states.append(verdicts(watched.end_of_run())[-1]["state"])

    assert states == ["red", "green", "red", "green"]


def test_an_upgraded_plugin_starts_the_watcher_again(tmp_path: Path) -> None:
    package = Path(pytest_torchkata.__file__).parent
    copy = shutil.copytree(package, tmp_path / "site" / package.name)
    kata_folders.make(tmp_path)
    watched = Watched(tmp_path, PYTHONPATH=str(copy.parent))
    try:
        before = verdicts(watched.end_of_run())[-1]
        words = copy / "_kata" / "sentences.py"
        words.write_text(words.read_text().replace("not written yet", "not written so far"))
        watched.stub.write_text(kata_folders.STUB + "\n# saved\n")
        watched.until(lambda event: event["event"] == "ready")
        after = verdicts(watched.end_of_run())[-1]
    finally:
        watched.close()

    assert before["headline"] == "not written yet: double.py:3, in double"
    assert after["headline"] == "not written so far: double.py:3, in double"


def test_another_version_of_the_plugin_counts_as_an_upgrade(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = saves.plugin()
    installed = tmp_path / "pytest_torchkata-99.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: x\nVersion: 99\n")
    monkeypatch.syspath_prepend(tmp_path)

    assert saves.plugin() != before


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course whose kata never ends, and starts a process of its own."""
    kata_folders.make(tmp_path, learner="while True:\n    pass\n")
    return tmp_path


@needs_proc
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_no_child_outlives_the_watcher(course: Path, number: signal.Signals) -> None:
    watched = Watched(course)
    watched.until(lambda event: event["event"] == "ready")
    warm = children_of(watched.process.pid)
    deadline = time.monotonic() + PATIENCE
    while not (below := [pid for leader in warm for pid in children_of(leader)]):
        assert time.monotonic() < deadline, "the warm process has no child"

    watched.process.send_signal(number)
    code = watched.process.wait(timeout=30)

    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and any(is_alive(pid) for pid in [*warm, *below]):
        time.sleep(0.05)
    assert [pid for pid in [*warm, *below] if is_alive(pid)] == []
    assert code == {signal.SIGINT: 0, signal.SIGHUP: 129, signal.SIGKILL: -9}[number]


def children_of(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


def is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
