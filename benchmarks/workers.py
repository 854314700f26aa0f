"""What dividing the threads gains: a suite bound by the CPU, in one process and under xdist.

    python benchmarks/workers.py [--tests 40] [--rounds 5] [--workers 2] [--width 64]

Each figure is the wall time of a whole `pytest` process on the same generated suite of small
training loops. The variants take turns within one run; what counts are the medians and their
ratios to one process (`-n 0`) in the same turn. Needs pytest-xdist.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TEST = """
def test_{i}():
    model = nn.Sequential(nn.Linear({width}, {width}), nn.Tanh(), nn.Linear({width}, {width}))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    x = torch.randn({width}, {width})
    for _ in range({steps}):
        optimizer.zero_grad()
        loss = (model(x) - x).square().mean()
        loss.backward()
        optimizer.step()
    assert loss.isfinite()
"""


def main() -> None:
    """Run every variant and print the medians."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tests", type=int, default=40)
    parser.add_argument("--steps", type=int, default=400, help="of training, in each test")
    parser.add_argument("--width", type=int, default=64, help="of the layers, and of the batch")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()

    plugin = ("-p", "pytest_torchkata.plugin")
    several = ("-p", "xdist.plugin", "-n", str(options.workers))
    variants = {
        "one process": plugin,
        f"-n {options.workers}": (*plugin, *several),
        f"-n {options.workers} without the plugin": several,
    }
    times: dict[str, list[float]] = {name: [] for name in variants}
    with tempfile.TemporaryDirectory() as folder:
        tests = [
            TEST.format(i=i, steps=options.steps, width=options.width) for i in range(options.tests)
        ]
        Path(folder, "test_suite.py").write_text(
            "import torch\nfrom torch import nn\n" + "".join(tests)
        )
        _seconds(folder, plugin)  # fills the disk cache and writes the bytecode
        for _ in range(options.rounds):
            for name, arguments in variants.items():
                times[name].append(_seconds(folder, arguments))
    print(f"{options.tests} tests, {os.cpu_count()} cores, median of {options.rounds}")
    for name, seconds in times.items():
        ratios = [one / base for one, base in zip(seconds, times["one process"], strict=True)]
        print(f"  {name:28} {statistics.median(seconds):6.2f} s  {statistics.median(ratios):5.2f}")


def _seconds(folder: str, arguments: tuple[str, ...]) -> float:
    """The wall time of one run, which has to pass."""
    # Only what is named is loaded; threads are as the machine has them.
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment.pop("OMP_NUM_THREADS", None)
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *arguments, "test_suite.py"],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
