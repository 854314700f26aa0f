"""`torchkata verify`: proves a kata's tests with right and wrong solutions."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import click

from .._kata import courses, proof
from .._kata.metadata import Kata, KataError
from .._kata.proof import Judged, Proof
from ._course import Command


@click.command("verify", cls=Command)
@click.argument("kata", required=False)
@click.option(
    "--solutions",
    type=click.Path(path_type=Path),
    help="Folder with NN_topic/solution.py and its kin.  [default: tests/katas beside katas]",
)
@click.option(
    "--seed",
    "seeds",
    type=int,
    multiple=True,
    help="Seed for the right solutions; may be repeated.  [default: 0 1 2]",
)
@click.option(
    "-j",
    "at_once",
    type=click.IntRange(1),
    default=None,
    help="Variants run at once.  [default: one a processor]",
)
@click.option(
    "--every-step",
    is_flag=True,
    help="Run all steps on wrong solutions, and note the steps that none of them needs.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a kata.")
def command(
    kata: str | None,
    solutions: Path | None,
    seeds: tuple[int, ...],
    at_once: int | None,
    every_step: bool,
    as_json: bool,
) -> None:
    """Prove the tests of KATA, or of every kata (for authors).

    The stub must be red at every step by NotImplementedError alone, every right solution green
    on every seed, every wrong one red at the steps it names, and every step must catch one.

    Exit code: 0 when every proof holds, 1 when one does not, 2 for a wrong call.
    """
    katas = courses.find(Path.cwd())
    every = courses.read(katas)
    chosen = [courses.choose(every, kata)] if kata else every
    place = solutions or katas.parent / "tests" / "katas"
    if not place.is_dir():
        raise KataError(
            f"{place} is not there: the solutions that a proof needs come with the source "
            "repository, not with the installed package"
        )
    failed = False
    for one in chosen:
        proved = _prove(
            one, place / one.name, seeds or proof.SEEDS, at_once, every_step, quiet=as_json
        )
        failed |= not proved.holds
        if as_json:
            click.echo(json.dumps(_as_json(proved)))
    sys.exit(1 if failed else 0)


def _prove(
    kata: Kata,
    folder: Path,
    seeds: tuple[int, ...],
    at_once: int | None,
    every_step: bool,
    *,
    quiet: bool,
) -> Proof:
    if not quiet:
        click.secho(f"{kata.name}: {kata.title}", bold=True)
    for part in proof.prove(
        kata, folder, seeds=seeds, at_once=at_once or os.cpu_count(), every_step=every_step
    ):
        if isinstance(part, Proof):
            if not quiet:
                _show_end(part)
            return part
        if not quiet:
            _show(part)
    raise AssertionError("unreachable: prove() gives the proof last")


def _show(judged: Judged) -> None:
    good = not judged.complaints
    name = f"{judged.variant.kind:>6}  {judged.variant.path.name}"
    click.secho(f"  {'ok ' if good else 'NO '} {name}", fg=None if good else "red")
    for complaint in judged.complaints:
        for line in complaint.splitlines():
            click.echo(f"        {line}")


def _show_end(proved: Proof) -> None:
    for complaint in proved.complaints:
        click.secho(f"  NO  {complaint}", fg="red")
    for note in proved.notes:
        click.echo(f"  note: {note}")
    counts = f"{proved.counts['right']} right and {proved.counts['wrong']} wrong solutions"
    verdict = "the proof holds" if proved.holds else "the proof does not hold"
    click.secho(f"  {counts}: {verdict}", fg="green" if proved.holds else "red")


def _as_json(proved: Proof) -> dict[str, object]:
    return {
        "kata": proved.kata.name,
        "holds": proved.holds,
        "counts": dict(proved.counts),
        "complaints": list(proved.complaints),
        "notes": list(proved.notes),
        "variants": [
            {
                "file": judged.variant.path.name,
                "kind": judged.variant.kind,
                "red": sorted(judged.red),
                "complaints": list(judged.complaints),
            }
            for judged in proved.judged
        ],
    }
