"""A learner's file as it came: from the installed course, or in a checkout from git."""

from __future__ import annotations

import subprocess
from pathlib import Path

from . import courses
from .metadata import Kata, KataError
from .words import Words

_UNWRITTEN = b"raise NotImplementedError"


def stub(kata: Kata) -> bytes:
    """The contents that `kata.stub` had before the learner began.

    Raises:
        KataError: nobody knows them any more.
    """
    source, say = courses.source(), Words(kata.language)
    katas = kata.folder.parent
    if katas.resolve() != source.resolve():
        original = source / kata.name / kata.stub.name
        if original.is_file():
            return original.read_bytes()
        raise KataError(say("not_in_course", name=kata.name, place=kata.stub))
    return _from_git(kata.stub, say)


def _from_git(path: Path, say: Words) -> bytes:
    """The version in git that leaves most to write, the newest of those.

    Not HEAD: a learner who works in a checkout may have committed.
    """
    try:
        log = _git(path.parent, "log", "--format=%H", "--", path.name)
        versions = [
            _git(path.parent, "show", f"{commit}:./{path.name}")
            for commit in log.decode().split()
            if _exists(path, commit)
        ]
    except (OSError, subprocess.CalledProcessError) as error:
        raise KataError(say("git_cannot_tell", place=path, error=error)) from None
    if not versions:
        raise KataError(say("git_does_not_know", place=path))
    return max(versions, key=lambda text: text.count(_UNWRITTEN))  # the first is the newest


def _exists(path: Path, commit: str) -> bool:
    listed = _git(path.parent, "ls-tree", "--name-only", commit, "--", path.name)
    return bool(listed.strip())


def _git(folder: Path, *arguments: str) -> bytes:
    return subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, check=True, timeout=60
    ).stdout
