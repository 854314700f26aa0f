"""What each of several test processes gets: threads, a GPU of its own, several GPUs in turn."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest
import torch

from pytest_torchkata._workers import Worker, rotate, visible_gpus


@pytest.mark.parametrize(
    ("visible", "count", "index", "expected"),
    [
        (None, 4, 0, "0,1,2,3"),
        (None, 4, 1, "1,2,3,0"),
        (None, 4, 5, "1,2,3,0"),
        ("2,5,7", 3, 1, "5,7,2"),
        ("GPU-a, GPU-b", 2, 1, "GPU-b,GPU-a"),
        ("3", 1, 1, None),
        (None, 0, 0, None),
        ("", 0, 3, None),
        ("0,1,-1,2", 2, 1, "1,0"),
    ],
)
def test_workers_spread_round_robin_inside_the_outer_variable(
    visible: str | None, count: int, index: int, expected: str | None
) -> None:
    assert rotate(visible, count, index) == expected


def test_a_worker_puts_another_gpu_first_before_cuda_is_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,6")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch, "set_num_threads", lambda count: None)

    Worker(3, 4, "run", tmp_path).torch_is_loaded()

    assert os.environ["CUDA_VISIBLE_DEVICES"] == "6,4"
    assert visible_gpus() == ["6", "4"]

    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    Worker(2, 4, "run", tmp_path).torch_is_loaded()

    assert os.environ["CUDA_VISIBLE_DEVICES"] == "6,4"


@pytest.mark.parametrize(
    ("threads", "workers", "variable", "share"),
    [(8, 2, None, 4), (8, 3, None, 2), (2, 4, None, 1), (8, 2, "OMP_NUM_THREADS", 8)],
)
def test_threads_are_divided_unless_the_user_chose(
    threads: int,
    workers: int,
    variable: str | None,
    share: int,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    if variable is not None:
        monkeypatch.setenv(variable, "8")
    set_to = [threads]
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    monkeypatch.setattr(torch, "set_num_threads", set_to.append)

    Worker(0, workers, "run", tmp_path).torch_is_loaded()

    assert set_to[-1] == share


def test_workers_get_their_share_of_the_threads(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    pytester.makepyfile(
        """
        import os, pytest

        @pytest.mark.parametrize("n", range(4))
        def test_threads(n):
            import torch

            cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
            assert torch.get_num_threads() <= max(1, cores // 2)
        """
    )

    result = pytester.runpytest_subprocess("-n2")

    result.assert_outcomes(passed=4)


def test_a_test_of_several_gpus_has_them_alone(tmp_path: Path) -> None:
    one, two = (Worker(i, 2, "run", tmp_path) for i in range(2))
    order: list[str] = []

    def alone() -> None:
        with two.holding(["0", "1"], alone=True):
            order.append("alone")

    with one.holding(["1"], alone=False), two.holding(["1"], alone=False):
        waiting = threading.Thread(target=alone)
        waiting.start()
        time.sleep(0.2)  # long enough to fail, were it let in
        order.append("shared")
    waiting.join(timeout=30)

    assert order == ["shared", "alone"]


def test_tests_of_different_gpus_do_not_wait(tmp_path: Path) -> None:
    one, two = (Worker(i, 2, "run", tmp_path) for i in range(2))

    with one.holding(["0"], alone=True), two.holding(["1"], alone=True):
        pass


def test_a_run_takes_turns_where_a_test_needs_two_gpus(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest, torch
        from pytest_torchkata import _workers, devices

        devices.accelerators = lambda: (devices.Accelerator("cuda", 2),)
        torch.cuda.device_count = lambda: 2

        class Recording:
            def holding(self, gpus, *, alone):
                import contextlib
                with open("held.txt", "a") as file:
                    print(",".join(gpus), alone, file=file)
                return contextlib.nullcontext()

        _workers.Worker.of = classmethod(lambda cls, config: Recording())
        Recording.torch_is_loaded = lambda self: None
        """
    )
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.torchkata_devices("cuda", min_count=2)
        def test_two(device): pass

        def test_one(device): pass

        def test_none(): pass
        """
    )

    result = pytester.runpytest_subprocess(
        "-n1", "-p", "no:randomly", "--torchkata-device=cuda,cuda:1,cpu", "--torchkata-seed=off"
    )

    result.assert_outcomes(passed=6)
    held = (pytester.path / "held.txt").read_text().split("\n")[:-1]
    assert sorted(held) == ["0 False", "0,1 True", "0,1 True", "1 False"]
