"""How far a learner has come: one file in the course folder, shared by pytest and the command.

`.torchkata/progress.json` holds, for each kata, how its steps ended and for which tests and which
code that was so. A verdict counts only as long as both are the same.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from . import courses, metadata, steps
from .metadata import Kata

NEW, RED, GREEN, REFACTORED, LAPSED = "new", "red", "green", "refactored", "lapsed"
FOLDER = ".torchkata"
_VERSION = 1
_LOCK_SECONDS = 10.0


@dataclass(frozen=True)
class Fingerprint:
    """What a verdict was about."""

    tests: str  # the steps and the rules of the kata
    code: str  # the learner's file and its helpers

    @classmethod
    def of(cls, kata: Kata) -> Fingerprint:
        """The kata as it lies on the disk now."""
        rules = repr((kata.forbidden.operations, kata.required.operations))
        helpers = sorted({*kata.folder.glob("*.py"), kata.stub} - {kata.tests})
        return cls(
            tests=_digest(_bytes(kata.tests), rules.encode()),
            code=_digest(*chain.from_iterable((p.name.encode(), _bytes(p)) for p in helpers)),
        )


@dataclass(frozen=True)
class Entry:
    """What is known of one kata."""

    tests: str = ""
    code: str = ""
    steps: Mapping[str, str] = field(default_factory=dict)  # name of a step -> RED or GREEN
    refactored: str = ""  # the code for which the learner said "done"
    hints: int = 0  # how many were shown
    when: str = ""  # of the last run, ISO 8601


@dataclass(frozen=True)
class Progress:
    """The whole file: the katas' entries, and the kata that the learner works on."""

    katas: Mapping[str, Entry] = field(default_factory=dict)
    current: str = ""

    def entry(self, kata: Kata) -> Entry:
        """What is known of `kata`, which may be nothing."""
        return self.katas.get(kata.name, Entry())

    def changed(self, kata: Kata, entry: Entry) -> Progress:
        """The same with another entry for `kata`."""
        return replace(self, katas={**self.katas, kata.name: entry})


@dataclass(frozen=True)
class Standing:
    """Where a learner stands with one kata."""

    kata: Kata
    state: str
    passed: int
    total: int
    was: str = ""  # the state that lapsed
    because: str = ""  # "tests" or "code": what has changed since then
    next_step: steps.Step | None = None

    @property
    def done(self) -> bool:
        """Whether the kata is green."""
        return self.state in (GREEN, REFACTORED)


class Damaged(Exception):
    """The file is not as it was written; the message says where the old one went."""


class Book:
    """The file of one course. Every change is made under a lock and replaces the file at once."""

    def __init__(self, course: Path) -> None:
        self.folder = course / FOLDER
        self.path = self.folder / "progress.json"

    def read(self) -> Progress:
        """What the file says; what cannot be read of it counts as not there."""
        return _read(self.path)[0]

    def change(self, edit: Callable[[Progress], Progress]) -> list[str]:
        """Replace the file by what `edit` makes of it, and tell what the learner must know.

        Raises:
            OSError: the folder cannot be written; TimeoutError when another run keeps the lock.
        """
        from filelock import FileLock, Timeout

        self.folder.mkdir(exist_ok=True)
        ignore = self.folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("# Progress and kept copies are yours alone.\n*\n", encoding="utf-8")
        try:
            with FileLock(self.folder / "lock", timeout=_LOCK_SECONDS):
                progress, damaged = _read(self.path)
                remarks = [self._keep_damaged()] if damaged else []
                _write(self.path, edit(progress))
        except Timeout:
            raise TimeoutError(f"another run keeps {self.folder / 'lock'}") from None
        return remarks

    def _keep_damaged(self) -> str:
        stamp = datetime.now().strftime("%Y-%m-%dT%H-%M-%S.%f")
        kept = self.path.with_name(f"progress.damaged-{stamp}.json")
        self.path.replace(kept)
        return (
            f"{self.path} was damaged. What could be read of it is kept on; "
            f"the old file is {kept}. Run a kata, and its state is known again."
        )


def of(kata: Kata) -> Book:
    """The book of the course that `kata` belongs to."""
    return Book(courses.course_of(kata.folder.parent))


def record(records: Iterable[Mapping[str, str]]) -> list[str]:
    """Write down how the steps of a run ended, and tell what the learner must know."""
    found: dict[Path, list[Mapping[str, str]]] = {}
    for one in records:
        found.setdefault(Path(one["kata"]), []).append(one)
    remarks: list[str] = []
    for folder, ended in found.items():
        try:
            kata = metadata.load(folder)
            remarks += of(kata).change(partial(_noted, kata, ended))
        except (OSError, metadata.KataError) as error:
            remarks.append(f"progress is not kept: {error}")
    return remarks


def standing(kata: Kata, progress: Progress) -> Standing:
    """Where the learner stands with `kata`, its files as they are now."""
    entry = progress.entry(kata)
    every = steps.read(kata.tests)
    total = len(every)
    if not entry.steps:
        return Standing(kata, NEW, 0, total, next_step=every[0] if every else None)
    passed = sum(entry.steps.get(step.name) == GREEN for step in every)
    now = Fingerprint.of(kata)
    state = RED
    if total and passed == total:
        state = REFACTORED if entry.refactored == entry.code else GREEN
    if entry.tests != now.tests or entry.code != now.code:
        because = "tests" if entry.tests != now.tests else "code"
        return Standing(kata, LAPSED, passed, total, was=state, because=because)
    first = next((step for step in every if entry.steps.get(step.name) != GREEN), None)
    return Standing(kata, state, passed, total, next_step=first)


def current(standings: Iterable[Standing], progress: Progress) -> Standing | None:
    """The kata to work on: the one begun last, and when it is green the first that is not."""
    every = list(standings)
    for one in every:
        if one.kata.name == progress.current and not one.done:
            return one
    return next((one for one in every if not one.done), None)


def _noted(kata: Kata, ended: Iterable[Mapping[str, str]], progress: Progress) -> Progress:
    """The progress after a run of some steps of `kata`."""
    before = progress.entry(kata)
    ended = list(ended)
    # Of the files as they were when the run read them: a save during the run counts as a change.
    ran = Fingerprint(ended[-1]["tests"], ended[-1]["code"])
    same = (before.tests, before.code) == (ran.tests, ran.code)
    states = dict(before.steps) if same else {}
    states.pop("import", None)
    now: dict[str, str] = {}
    for one in ended:
        if "headline" in one:
            now[one["step"]] = RED  # on one device is enough
        elif not one.get("skipped"):
            now.setdefault(one["step"], GREEN)
        else:
            states.pop(one["step"], None)
    entry = replace(
        before,
        tests=ran.tests,
        code=ran.code,
        steps={**states, **now},
        when=datetime.now().astimezone().isoformat(timespec="seconds"),
    )
    return replace(progress.changed(kata, entry), current=kata.name)


def _read(path: Path) -> tuple[Progress, bool]:
    """What `path` says, and whether some of it cannot be understood."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Progress(), False
    except ValueError:  # no JSON, or no UTF-8
        return Progress(), True
    if not isinstance(table, dict) or not isinstance(table.get("katas"), dict):
        return Progress(), True
    entries = {str(name): _entry(value) for name, value in table["katas"].items()}
    good = {name: entry for name, entry in entries.items() if entry is not None}
    return Progress(good, str(table.get("current", ""))), len(good) != len(entries)


def _entry(value: Any) -> Entry | None:  # whatever JSON holds
    if not isinstance(value, dict):
        return None
    known = {name: value[name] for name in Entry.__dataclass_fields__ if name in value}
    states = known.get("steps", {})
    texts = [known.get(name, "") for name in ("tests", "code", "refactored", "when")]
    if (
        not isinstance(states, dict)
        or any(state not in (RED, GREEN) for state in states.values())
        or not all(isinstance(text, str) for text in texts)
        or not isinstance(known.get("hints", 0), int)
    ):
        return None
    return Entry(**known)


def _write(path: Path, progress: Progress) -> None:
    table = {
        "version": _VERSION,
        "current": progress.current,
        "katas": {name: asdict(entry) for name, entry in sorted(progress.katas.items())},
    }
    text = json.dumps(table, indent=1, ensure_ascii=False) + "\n"
    handle, temporary = tempfile.mkstemp(prefix="progress-", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()[:32]
