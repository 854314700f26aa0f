"""The proof of a kata's tests: right solutions pass, wrong ones fail where they say.

`tests/katas/NN_topic/` holds `solution.py`, other right solutions `right_*.py`, and wrong ones
`wrong_*.py`. A wrong one may build on the right one (`from .solution import *`), and names the
steps that must catch it:

    \"\"\"Forgets the bias.\"\"\"
    CAUGHT_BY = {"test_the_bias_is_added"}
"""

from __future__ import annotations

import ast
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import children, steps, warming
from .children import Job, Outcome
from .metadata import Kata, KataError

SEEDS = (0, 1, 2)
# A child's time; a variable, so that a slow machine can have more.
SECONDS = float(os.environ.get("TORCHKATA_VERIFY_SECONDS", "300"))
MEMORY = 4 * 2**30
# Errors that say the file is not ready, not that it is wrong.
_UNREADY = {"ImportError", "ModuleNotFoundError", "SyntaxError", "IndentationError"}


@dataclass(frozen=True)
class Variant:
    """One file to put in the learner's place."""

    path: Path
    kind: str  # stub, right or wrong
    caught_by: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Judged:
    """What the runs of one variant showed: no complaints is as it should be."""

    variant: Variant
    complaints: tuple[str, ...]
    red: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Proof:
    """What is known of one kata after all its variants ran."""

    kata: Kata
    judged: tuple[Judged, ...]
    complaints: tuple[str, ...] = ()  # about the kata as a whole
    notes: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether everything is as it should be."""
        return not self.complaints and not any(judged.complaints for judged in self.judged)


def variants(kata: Kata, folder: Path) -> list[Variant]:
    """The stub and what `folder` holds for `kata`.

    Raises:
        KataError: there is no solution, or a wrong one does not say what catches it.
    """
    if not (folder / "solution.py").is_file():
        raise KataError(f"{folder / 'solution.py'} is missing: a proof starts from a solution")
    right = [folder / "solution.py", *sorted(folder.glob("right_*.py"))]
    wrong = sorted(folder.glob("wrong_*.py"))
    return [
        Variant(kata.stub, "stub"),
        *(Variant(path, "right") for path in right),
        *(Variant(path, "wrong", _caught_by(path, kata)) for path in wrong),
    ]


def prove(
    kata: Kata,
    folder: Path,
    *,
    seeds: Sequence[int] = SEEDS,
    at_once: int | None = None,
    every_step: bool = False,
) -> Iterator[Judged | Proof]:
    """Run every variant of `kata`; give each one's judgement as it ends, and the proof last.

    A wrong variant runs the steps that must catch it: that is what is proved. With `every_step`
    it runs all, several times as long, and the proof notes the steps that no variant needs.
    """
    everything = variants(kata, folder)
    warming.warm_up()
    outcomes: dict[Path, list[Outcome]] = {variant.path: [] for variant in everything}
    judged: list[Judged] = []
    with tempfile.TemporaryDirectory(prefix="torchkata-proof-") as scratch:
        jobs: dict[Job, Variant] = {}
        for variant in everything:
            # A wrong solution must be caught on the first seed; a right one never, on any.
            for seed in seeds if variant.kind == "right" else seeds[:1]:
                place = Path(scratch, f"{variant.path.stem}-{seed}")
                jobs[_job(variant, kata, folder, place, seed, every_step)] = variant
        for job, outcome in children.run_all(list(jobs), at_once or os.cpu_count() or 1):
            variant = jobs[job]
            outcomes[variant.path].append(outcome)
            wanted = len(seeds) if variant.kind == "right" else 1
            if len(outcomes[variant.path]) == wanted:
                judged.append(_judge(variant, outcomes[variant.path], kata))
                yield judged[-1]
    yield _conclude(kata, judged, everything, every_step)


def _job(
    variant: Variant, kata: Kata, folder: Path, place: Path, seed: int, every_step: bool = False
) -> Job:
    """A course with this one kata, the learner's file replaced by the variant."""
    copied = place / "katas" / kata.name
    shutil.copytree(kata.folder, copied, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(variant.path, copied / kata.stub.name)
    if variant.kind == "wrong":
        shutil.copyfile(folder / "solution.py", copied / "solution.py")
    (place / "pyproject.toml").write_text(
        '[tool.pytest.ini_options]\naddopts = ["--import-mode=importlib"]\n', encoding="utf-8"
    )
    arguments: tuple[str, ...] = (
        f"katas/{kata.name}",
        f"--hypothesis-seed={seed}",
        "-pno:cacheprovider",
        "-pno:randomly",
        "-q",
    )
    if variant.kind == "wrong" and not every_step:
        # "import" is what stands for all steps of a file that cannot be imported.
        arguments += ("-k", " or ".join([*sorted(variant.caught_by), "import"]))
    return Job(place, arguments, SECONDS, MEMORY)


def _judge(variant: Variant, outcomes: list[Outcome], kata: Kata) -> Judged:
    complaints: list[str] = []
    names = {step.name for step in steps.read(kata.tests)}
    for outcome in outcomes:
        unknown = sorted(set(outcome.steps) - names)
        if outcome.trouble and not (variant.kind == "wrong" and outcome.red):
            complaints.append(f"{outcome.trouble}\n{_tail(outcome.output)}")
        elif unknown:
            complaints.append(f"its file cannot be imported: {outcome.steps[unknown[0]].headline}")
        else:
            complaints += _JUDGES[variant.kind](variant, outcome, names)
    red = frozenset[str]().union(*(outcome.red for outcome in outcomes))
    return Judged(variant, tuple(dict.fromkeys(complaints)), red)


def _judge_stub(variant: Variant, outcome: Outcome, names: set[str]) -> list[str]:
    return [
        f"{name} is not red by NotImplementedError: {_how(outcome, name)}"
        for name in sorted(names)
        if name not in outcome.red or outcome.steps[name].error != "NotImplementedError"
    ]


def _judge_right(variant: Variant, outcome: Outcome, names: set[str]) -> list[str]:
    return [
        f"{name} does not pass: {_how(outcome, name)}"
        for name in sorted(names)
        if name not in outcome.steps or outcome.steps[name].outcome != "passed"
    ]


def _judge_wrong(variant: Variant, outcome: Outcome, names: set[str]) -> list[str]:
    complaints = []
    for name in sorted(variant.caught_by):
        if name not in outcome.red:
            complaints.append(f"{name} does not catch it: {_how(outcome, name)}")
        elif outcome.steps[name].error in {*_UNREADY, "NotImplementedError"}:
            complaints.append(f"{name} is red for the wrong reason: {_how(outcome, name)}")
    return complaints


_JUDGES = {"stub": _judge_stub, "right": _judge_right, "wrong": _judge_wrong}


def _how(outcome: Outcome, name: str) -> str:
    ran = outcome.steps.get(name)
    if ran is None:
        return "it did not run"
    return f"{ran.outcome}{': ' if ran.headline else ''}{ran.headline}"


def _conclude(
    kata: Kata, judged: list[Judged], everything: list[Variant], every_step: bool
) -> Proof:
    complaints: list[str] = []
    notes: list[str] = []
    wrong = [one for one in judged if one.variant.kind == "wrong"]
    for step in steps.read(kata.tests):
        if not any(step.name in one.variant.caught_by for one in wrong):
            complaints.append(f"{step.name} catches no wrong solution")
        elif every_step and not any(one.red == {step.name} for one in wrong):
            notes.append(f"{step.name} is never the only step that catches a wrong solution")
    want = _interface(kata.stub)
    for variant in everything:
        if variant.kind == "right":
            complaints += [
                f"{variant.path.name}: {difference}"
                for difference in _differences(want, _interface(variant.path))
            ]
    counts = {
        kind: sum(variant.kind == kind for variant in everything) for kind in ("right", "wrong")
    }
    return Proof(kata, tuple(judged), tuple(complaints), tuple(notes), counts)


def _caught_by(path: Path, kata: Kata) -> frozenset[str]:
    known = {step.name for step in steps.read(kata.tests)}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "CAUGHT_BY" for target in node.targets
        ):
            names = frozenset(ast.literal_eval(node.value))
            if not names or names - known:
                raise KataError(
                    f"{path}: CAUGHT_BY names {sorted(names - known) or 'nothing'}; "
                    f"the steps are {sorted(known)}"
                )
            return names
    raise KataError(f"{path}: no CAUGHT_BY = {{...}} names the steps that must catch it")


def _interface(path: Path) -> dict[str, tuple[str, str]]:
    """Each public name of the file: its signature, and its docstring where it has one."""
    found: dict[str, tuple[str, str]] = {}

    def visit(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                if not node.name.startswith("_") or node.name == "__init__":
                    signature = f"{ast.unparse(node.args)} -> {_returned(node)}"
                    found[prefix + node.name] = signature, ast.get_docstring(node) or ""
            elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                bases = ", ".join(ast.unparse(base) for base in node.bases)
                found[prefix + node.name] = bases, ast.get_docstring(node) or ""
                visit(node.body, f"{prefix}{node.name}.")

    visit(ast.parse(path.read_text(encoding="utf-8")).body, "")
    return found


def _returned(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    return ast.unparse(node.returns) if node.returns is not None else "?"


def _differences(
    want: Mapping[str, tuple[str, str]], have: Mapping[str, tuple[str, str]]
) -> Iterator[str]:
    for name, (signature, doc) in want.items():
        if name not in have:
            yield f"{name} is missing, which the stub has"
        elif have[name][0] != signature:
            yield f"{name} has the signature ({have[name][0]}), the stub ({signature})"
        elif have[name][1] != doc:
            yield f"{name} has another docstring than the stub"


def _tail(output: str, lines: int = 12) -> str:
    return "\n".join(output.splitlines()[-lines:])
