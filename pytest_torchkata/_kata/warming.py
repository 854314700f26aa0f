"""Makes a process ready to fork children that run katas: everything loaded, one thread."""

from __future__ import annotations

import gc
import io
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import chdir, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import NoReturn

import pytest

_ARGUMENTS = ("--import-mode=importlib", "-c", os.devnull, "-pno:cacheprovider", "-q")
# A kata that does a little of everything, and fails once.
_KATA = {
    "kata.toml": 'title = "-"\ngoal = "-"\n[forbidden]\noperations = ["torch.dot"]\n',
    "nothing.py": "def double(x):\n    return x + x\n",
    "test_nothing.py": '''\
import torch
from hypothesis import given, strategies as st

from pytest_torchkata import assert_close
from pytest_torchkata.strategies import shapes, tensors

from .nothing import double


@given(x=tensors(shape=shapes(max_dims=2, max_side=3)), data=st.data())
def test_tensors(x, data, device):
    """Warms the strategies and the comparison."""
    data.draw(st.integers())
    assert_close(double(x.to(device)), x + x, equal_nan=True)
    torch.nn.Linear(1, 1)(torch.ones(1, 1)).sum().backward()


def test_meta():
    """Warms the meta device: torch imports seconds of Python for its first call."""
    x = torch.ones(2, 2, device="meta")
    assert (double(x) @ x + x).sum().device.type == "meta"


def test_failure():
    """Warms the way of a failure."""
    assert_close(double(torch.ones(2)), torch.zeros(2))
''',
}


def warm_up(make_plugin: Callable[[Path], object] | None = None) -> None:
    """Load what every child needs, once, and keep torch to one thread.

    A parent that has used two intra-op threads hangs the children it forks. One throw-away
    session loads what pytest, Hypothesis and torch import only when it is first needed.

    Args:
        make_plugin: makes a plugin for that session, which runs a kata in the folder given.
    """
    import torch

    torch.set_num_threads(1)
    before = set(sys.modules)
    silent = io.StringIO()
    with tempfile.TemporaryDirectory(prefix="torchkata-warm-up-") as scratch:
        folder = Path(scratch).resolve() / "katas" / "00_nothing"
        folder.mkdir(parents=True)
        for name, text in _KATA.items():
            (folder / name).write_text(text, encoding="utf-8")
        plugins = [make_plugin(folder)] if make_plugin else []
        with chdir(scratch), redirect_stdout(silent), redirect_stderr(silent):
            arguments = [str(folder), f"--rootdir={scratch}", "--torchkata-device=cpu"]
            pytest.main([*arguments, *_ARGUMENTS], plugins=plugins)
        for name in set(sys.modules) - before:
            if str(getattr(sys.modules[name], "__file__", None)).startswith(str(folder)):
                del sys.modules[name]
    gc.collect()
    gc.freeze()  # children touch none of these pages, and need not scan them


def leave(status: int) -> NoReturn:
    """End a forked child at once: what its parent meant to do at its own end is not the child's."""
    with suppress(BaseException):  # whatever the learner's code made of its outputs
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)


def redirect(output: int) -> None:
    """Let this process read nothing, and print into the file descriptor `output`."""
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    os.close(null)
