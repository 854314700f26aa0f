"""What the plugin costs: start-up, 5,000 trivial tests, 5,000 tests that use torch.

    python benchmarks/overhead.py [--tests 5000] [--rounds 5] [--peer pytest_torch.whl]

Each row is a whole `pytest` process on the same generated suite, in processor time (user and
system), of which other programs on the machine take no share. The variants take turns within one
run; what counts are the medians, and their ratios to pytest without any of the plugins in the same
turn. `--peer` takes the wheel of `pytest-torch`, which joins the table.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

SUITES = {
    "start-up, one test": ("", "    pass", 1),
    "trivial tests": ("", "    pass", 0),
    "tests that use torch": ("import torch\n", "    torch.rand(4).sum()", 0),
}


@dataclass(frozen=True)
class Variant:
    """A way to run pytest."""

    name: str
    arguments: tuple[str, ...]
    path: str = ""  # put in front of PYTHONPATH


def main() -> None:
    """Run every variant on every suite and print the medians."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tests", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peer", type=Path, help="wheel of pytest-torch")
    options = parser.parse_args()

    variants = [
        Variant("no plugin", ()),
        Variant("pytest-torchkata", ("-p", "pytest_torchkata.plugin")),
        Variant(
            "  with --torchkata-seed=off", ("-p", "pytest_torchkata.plugin", "--torchkata-seed=off")
        ),
        Variant(
            "  with --torchkata-guard=restore",
            ("-p", "pytest_torchkata.plugin", "--torchkata-guard=restore"),
        ),
    ]
    if options.peer is not None:
        variants.append(Variant("pytest-torch", ("-p", "pytest_torch"), str(options.peer)))
    for suite, (head, body, count) in SUITES.items():
        count = count or options.tests
        with tempfile.TemporaryDirectory() as folder:
            tests = [f"def test_{i}():\n{body}\n" for i in range(count)]
            Path(folder, "test_suite.py").write_text(head + "\n".join(tests))
            # A start is short: more of them, for a median that other programs do not move.
            rounds = options.rounds * (1 if count > 1 else 5)
            _table(f"{suite} ({count})", folder, variants, rounds)


def _table(title: str, folder: str, variants: list[Variant], rounds: int) -> None:
    times: dict[str, list[float]] = {variant.name: [] for variant in variants}
    _seconds(folder, variants[0])  # fills the disk cache and writes the bytecode
    for turn in range(rounds):
        # The other way round every other turn: what grows over a turn then favours nobody.
        for variant in variants[:: -1 if turn % 2 else 1]:
            times[variant.name].append(_seconds(folder, variant))
    plain = statistics.median(times["no plugin"])
    print(f"\n{title}, median of {rounds}")
    for name, seconds in times.items():
        median = statistics.median(seconds)
        ratios = [one / base for one, base in zip(seconds, times["no plugin"], strict=True)]
        print(
            f"  {name:34} {median:7.3f} s  {1000 * (median - plain):+8.1f} ms"
            f"  median of paired ratios {statistics.median(ratios):.3f}",
            flush=True,
        )


def _seconds(folder: str, variant: Variant) -> float:
    """The processor time of one run."""
    environment = {
        # As users run it: with the bytecode that the first run has written.
        **{name: v for name, v in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, [variant.path, os.environ.get("PYTHONPATH")])),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *variant.arguments]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(done.stdout.decode() + done.stderr.decode())
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
