"""Makes course folders, and brings them up to date without touching a learner's file.

`.torchkata/course.json` remembers what each file was when it came: a file that is still so may be
replaced, of any other a dated copy is kept first.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from . import courses
from .kept import keep
from .metadata import FILE_NAME, KataError
from .progress import FOLDER
from .words import Words

PYPROJECT = """\
# Made by `torchkata init`: how pytest runs the katas in this folder.
[tool.pytest.ini_options]
addopts = ["--import-mode=importlib"]
testpaths = ["katas"]
"""
GITIGNORE = """\
__pycache__/
.hypothesis/
.pytest_cache/
.torchkata/
"""
# The play buttons beside the tests. VS Code reads the first, PyCharm the others.
VSCODE = """\
{
    "python.testing.pytestEnabled": true,
    "python.testing.unittestEnabled": false,
    "python.testing.pytestArgs": ["katas"]
}
"""
PYCHARM = """\
<?xml version="1.0" encoding="UTF-8"?>
<module type="PYTHON_MODULE" version="4">
  <component name="NewModuleRootManager">
    <content url="file://$MODULE_DIR$" />
    <orderEntry type="inheritedJdk" />
    <orderEntry type="sourceFolder" forTests="false" />
  </component>
  <component name="TestRunnerService">
    <option name="PROJECT_TEST_RUNNER" value="py.test" />
  </component>
</module>
"""
PYCHARM_MODULES = """\
<?xml version="1.0" encoding="UTF-8"?>
<project version="4">
  <component name="ProjectModuleManager">
    <modules>
      <module fileurl="file://$PROJECT_DIR$/.idea/katas.iml"
              filepath="$PROJECT_DIR$/.idea/katas.iml" />
    </modules>
  </component>
</project>
"""
_SETTINGS = {
    "pyproject.toml": PYPROJECT,
    ".gitignore": GITIGNORE,
    ".vscode/settings.json": VSCODE,
    ".idea/katas.iml": PYCHARM,
    ".idea/modules.xml": PYCHARM_MODULES,
}


@dataclass(frozen=True)
class Made:
    """What `make` did."""

    written: tuple[Path, ...]
    kept: tuple[Path, ...]  # were there already, and stay as they are
    first: str  # the kata to begin with


@dataclass(frozen=True)
class Updated:
    """What `update` did, as paths in the course folder."""

    new_katas: tuple[str, ...] = ()
    added: tuple[Path, ...] = ()  # new files of katas that were there
    replaced: tuple[Path, ...] = ()
    copies: Mapping[Path, Path] | None = None  # replaced file -> copy of what the learner wrote
    changed_tests: tuple[str, ...] = ()  # katas whose verdict lapses
    changed_stubs: tuple[Path, ...] = ()  # left alone, though the course has another one now


def make(directory: Path, source: Path) -> Made:
    """Copy the katas of `source` to `directory`, with what pytest and editors need to run them.

    Raises:
        KataError: `directory` is a file, or lies in the source itself.
    """
    say = Words.by_locale()
    if directory.exists() and not directory.is_dir():
        raise KataError(say("is_a_file", place=directory))
    if directory.resolve().is_relative_to(source.resolve()):
        raise KataError(say("in_the_source", place=directory))
    katas = courses.read(source)
    came = _read_manifest(directory)
    written, kept = list[Path](), list[Path]()
    for path in _files(source):
        name = (Path("katas") / path.relative_to(source)).as_posix()
        target = directory / name
        if target.exists():
            kept.append(target)
            continue
        _copy(path, target)
        came[name] = _digest(target)
        written.append(target)
    for name, text in _SETTINGS.items():
        target = directory / name
        if target.exists():
            kept.append(target)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            written.append(target)
    _write_manifest(directory, came)
    return Made(tuple(written), tuple(kept), katas[0].name)


def update(directory: Path, source: Path) -> Updated:
    """Bring the course in `directory` up to date with `source`.

    The learner's files stay as they are. A lesson, test or setting that the learner changed is
    replaced only after a dated copy was kept.
    """
    came = _read_manifest(directory)
    katas = directory / "katas"
    offered = courses.read(source)
    stubs = {kata.stub for kata in offered}
    judges = {path: kata for kata in offered for path in (kata.tests, kata.folder / FILE_NAME)}
    new = [kata.name for kata in offered if not (katas / kata.name).is_dir()]
    added, replaced, changed_stubs = list[Path](), list[Path](), list[Path]()
    copies: dict[Path, Path] = {}
    changed_tests: dict[str, None] = {}
    for path in _files(source):
        inside = path.relative_to(source)
        name = (Path("katas") / inside).as_posix()
        target = directory / name
        want = _digest(path)
        if not target.exists():
            _copy(path, target)
            came[name] = want
            if inside.parts[0] not in new:
                added.append(target)
            continue
        have = _digest(target)
        if have == want:
            came[name] = want
        elif path in stubs:
            if came.get(name) not in (None, want):  # not the learner's change: the course's
                changed_stubs.append(target)
            came[name] = want  # told once
        else:
            if came.get(name) != have:
                copies[target] = keep(target, directory)
            _copy(path, target)
            came[name] = want
            replaced.append(target)
            if path in judges:
                changed_tests[judges[path].name] = None
    _write_manifest(directory, came)
    return Updated(
        tuple(new),
        tuple(added),
        tuple(replaced),
        copies,
        tuple(changed_tests),
        tuple(changed_stubs),
    )


def _files(source: Path) -> Iterator[Path]:
    """What belongs to the course: no caches, nothing hidden."""
    for path in sorted(source.rglob("*")):
        parts = path.relative_to(source).parts
        if path.is_file() and not any(part.startswith((".", "__pycache__")) for part in parts):
            yield path


def _copy(path: Path, target: Path) -> None:
    """Copy the contents alone: an installed file may be read-only."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read_manifest(directory: Path) -> dict[str, str]:
    try:
        table = json.loads((directory / FOLDER / "course.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # every file then counts as changed: a copy too many is better than one too few
    return {str(name): str(digest) for name, digest in dict(table).items()}


def _write_manifest(directory: Path, came: Mapping[str, str]) -> None:
    folder = directory / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".gitignore").write_text(
        "# Progress and kept copies are yours alone.\n*\n", encoding="utf-8"
    )
    temporary = folder / "course.json.tmp"
    temporary.write_text(json.dumps(dict(sorted(came.items())), indent=1), encoding="utf-8")
    temporary.replace(folder / "course.json")
