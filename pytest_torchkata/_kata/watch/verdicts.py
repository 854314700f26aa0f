"""What is known of one run while it goes on."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field

from .. import steps
from ..metadata import Kata
from ..progress import Fingerprint
from ..steps import Step
from ..words import Words
from . import lines

RUNNING, RED, PASSING, GREEN, ENDED = "running", "red", "passing", "green", "ended"


@dataclass
class Run:
    """One run of a kata's steps; `take` tells it what the child says."""

    number: int
    kata: Kata
    fingerprint: Fingerprint
    steps: tuple[Step, ...] = ()
    red: dict[str, Mapping[str, str]] = field(default_factory=dict)
    passed: set[str] = field(default_factory=set)  # on some examples at least
    full: list[Mapping[str, str]] = field(default_factory=list)  # what the progress may say
    sure: set[str] = field(default_factory=set)  # red, and its text is the last word
    current: str = "import"
    where: str = ""
    first_verdict: bool = False
    over: bool = False
    trouble: str = ""
    output: str = ""

    @classmethod
    def of(cls, number: int, kata: Kata) -> Run:
        """The run `number` of `kata`, as its files are now."""
        try:
            every = steps.read(kata.tests)
        except (OSError, SyntaxError):
            every = ()  # the child's import tells
        return cls(number, kata, Fingerprint.of(kata), every)

    @property
    def state(self) -> str:
        """RED from the first red step on; GREEN only when all examples of every step passed."""
        if self.red:
            return RED
        if self.trouble:
            return ENDED
        if self.over:
            return GREEN if self.passed >= {step.name for step in self.steps} else ENDED
        return PASSING if self.first_verdict else RUNNING

    @property
    def verdict(self) -> tuple[str, str, bool]:
        """What is told: the state, the step it is about, and whether that is the last word."""
        return self.state, self.focus, self.focus in self.sure

    @property
    def proved(self) -> set[str]:
        """The steps that passed on all their examples."""
        return {record["step"] for record in self.full if "headline" not in record}

    @property
    def focus(self) -> str:
        """The red step to show: the first that was found."""
        return next(iter(self.red), "")

    def take(self, message: lines.Message) -> None:
        """Note what the child said."""
        match message["event"]:
            case "start":
                self.current, self.where = message["step"], ""
            case "where":
                self.where = f"{message['file']}:{message['line']}"
            case "step":
                self._step(message["record"], full=message["full"])
            case "first verdict":
                self.first_verdict = True
            case "done":
                self.first_verdict = self.over = True
            case "ended":
                if not self.over:
                    self._end(message["status"], message.get("output", ""))

    def _step(self, record: Mapping[str, str], *, full: bool) -> None:
        name = record["step"]
        if "headline" in record:
            self.red[name] = record
            self.passed.discard(name)
            if full or record["error"] == "NotImplementedError":
                self.sure.add(name)
            self.full.append(record)
        elif not record.get("skipped"):
            if name not in self.red:
                self.passed.add(name)
            if full and name not in self.red:
                self.full.append(record)

    def _end(self, status: int, output: str) -> None:
        """The child ended before it was done."""
        self.over, self.output = True, output
        say = Words(self.kata.language)
        if status < 0:
            how = say("crashed", signal=signal.Signals(-status).name, step=self.current)
        else:
            how = say("exited", code=status, step=self.current)
        self.break_off(how)

    def break_off(self, trouble: str) -> None:
        """Note why the run did not come to its end: the step that was running is red."""
        self.over, self.trouble = True, trouble
        text = trouble
        if self.current == "import" and self.output:  # what pytest, or the import, printed
            text += "\n\n" + "\n".join(self.output.strip().splitlines()[-12:])
        if self.current:
            record = {
                "kata": str(self.kata.folder),
                "step": self.current,
                "tests": self.fingerprint.tests,
                "code": self.fingerprint.code,
                "headline": trouble,
                "text": text,
                "error": "",
            }
            self.red = {self.current: record, **self.red}
            self.sure.add(self.current)
            self.passed.discard(self.current)
            self.full.append(record)
