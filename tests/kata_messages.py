"""What learners read of typical mistakes, gathered by one run of all of them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent


def headlines(kata: str, mistakes: Mapping[str, str]) -> dict[str, str]:
    """The first line of the message that each mistake gets from the step that must catch it.

    Args:
        kata: the folder's name.
        mistakes: from the stem of a wrong solution, without `wrong_`, to the name of the step.
    """
    # A fresh interpreter: the children that it forks must not inherit a running pytest.
    ran = subprocess.run(
        [sys.executable, __file__, kata, json.dumps(dict(mistakes))],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
        cwd=ROOT,
    )
    found: dict[str, str] = json.loads(ran.stdout.splitlines()[-1])
    return found


def main(name: str, mistakes: Mapping[str, str]) -> None:
    """Print the headlines as JSON."""
    import tempfile

    from pytest_torchkata._kata import children, metadata, proof, warming
    from pytest_torchkata._kata.children import Job

    kata = metadata.load(ROOT / "katas" / name)
    folder = ROOT / "tests" / "katas" / name
    by_path = {
        variant.path: variant
        for variant in proof.variants(kata, folder)
        if variant.path.stem.removeprefix("wrong_") in mistakes
    }
    warming.warm_up()
    found: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as scratch:
        jobs: dict[Job, str] = {}
        for path, variant in by_path.items():
            mistake = path.stem.removeprefix("wrong_")
            job = proof._job(variant, kata, folder, Path(scratch, mistake), 0)
            arguments = (*job.arguments, "-k", mistakes[mistake])
            jobs[Job(job.folder, arguments, job.seconds, job.memory)] = mistake
        for job, outcome in children.run_all(list(jobs), 2):
            step = outcome.steps.get(mistakes[jobs[job]])
            found[jobs[job]] = step.headline if step else outcome.trouble + outcome.output
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
