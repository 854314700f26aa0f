"""What a run of pytest leaves in the learner's progress, and when that lapses."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import hypothesis  # noqa: F401  once: an in-process run would load it anew each time
import kata_folders
import pytest

from pytest_torchkata._kata import metadata, progress
from pytest_torchkata._kata.progress import Book, Entry, Fingerprint


def state_of(root: Path, name: str = "01_double") -> progress.Standing:
    kata = metadata.load(root / "katas" / name)
    return progress.standing(kata, Book(root).read())


def test_a_kata_that_never_ran_is_new(tmp_path: Path) -> None:
    kata_folders.make(tmp_path)

    one = state_of(tmp_path)

    assert (one.state, one.passed, one.total) == ("new", 0, 3)
    assert one.next_step is not None
    assert one.next_step.name == "test_of_one"


@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["one process", "xdist"])
def test_a_run_of_pytest_writes_progress(
    pytester: pytest.Pytester, workers: tuple[str, ...]
) -> None:
    wrong = "def double(x):\n    return x + 1\n"
    kata_folders.make(pytester.path, learner=wrong)

    result = pytester.runpytest_subprocess("katas/01_double", *workers)

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    one = state_of(pytester.path)
    assert (one.state, one.passed) == ("red", 2)
    assert one.next_step is not None
    assert one.next_step.name == "test_of_anything"
    assert (pytester.path / ".torchkata" / ".gitignore").read_text().endswith("*\n")


def test_runs_of_single_steps_add_up_to_green(pytester: pytest.Pytester) -> None:
    kata_folders.make(pytester.path, learner=kata_folders.RIGHT)

    states = []
    for step in ("test_of_one", "test_of_anything", "test_of_a_negative"):
        pytester.runpytest("katas/01_double", "-k", step)
        states.append(state_of(pytester.path).state)

    assert states == ["red", "red", "green"]


def test_a_single_step_after_a_change_does_not_inherit_the_others(
    pytester: pytest.Pytester,
) -> None:
    folder = kata_folders.make(pytester.path, learner=kata_folders.RIGHT)
    pytester.runpytest("katas/01_double")
    (folder / "double.py").write_text(kata_folders.RIGHT + "\n# another thought\n")

    pytester.runpytest("katas/01_double", "-k", "test_of_one")

    assert (state_of(pytester.path).state, state_of(pytester.path).passed) == ("red", 1)


@pytest.mark.parametrize(
    ("file", "because"),
    [("double.py", "code"), ("helper.py", "code"), ("test_double.py", "tests")],
)
def test_green_lapses_when_a_file_changes(
    pytester: pytest.Pytester, file: str, because: str
) -> None:
    folder = kata_folders.make(pytester.path, learner=kata_folders.RIGHT)
    pytester.runpytest("katas/01_double")
    before = state_of(pytester.path)

    with (folder / file).open("a") as opened:
        opened.write("\n# changed\n")

    after = state_of(pytester.path)
    assert (before.state, before.because) == ("green", "")
    assert (after.state, after.was, after.because) == ("lapsed", "green", because)


def test_green_lapses_when_the_rules_change_but_not_when_the_title_does(
    pytester: pytest.Pytester,
) -> None:
    folder = kata_folders.make(pytester.path, learner=kata_folders.RIGHT)
    pytester.runpytest("katas/01_double")

    (folder / "kata.toml").write_text('title = "Other"\ngoal = "Double a number."\n')
    retitled = state_of(pytester.path).state
    (folder / "kata.toml").write_text(
        kata_folders.TOML + '[forbidden]\noperations = ["torch.mul"]\n'
    )

    assert retitled == "green"
    assert state_of(pytester.path).because == "tests"


def test_a_save_during_the_run_makes_its_verdict_lapse(pytester: pytest.Pytester) -> None:
    kata_folders.make(
        pytester.path,
        learner=kata_folders.RIGHT
        + "\nimport pathlib\npathlib.Path(__file__).write_text('def double(x): return 7')\n",
    )

    pytester.runpytest("katas/01_double")

    assert (state_of(pytester.path).state, state_of(pytester.path).because) == ("lapsed", "code")


def test_a_file_that_cannot_be_imported_is_red_until_it_can(pytester: pytest.Pytester) -> None:
    folder = kata_folders.make(pytester.path, learner="import torhc\n")
    pytester.runpytest("katas/01_double")
    broken = state_of(pytester.path).state
    (folder / "double.py").write_text(kata_folders.RIGHT)

    pytester.runpytest("katas/01_double")

    assert (broken, state_of(pytester.path).state) == ("red", "green")


@pytest.mark.parametrize("text", ["{ no json", "[]", '{"katas": 3}', "\xff\xfe"], ids=repr)
def test_a_damaged_file_is_kept_and_started_anew(pytester: pytest.Pytester, text: str) -> None:
    kata_folders.make(pytester.path, learner=kata_folders.RIGHT)
    book = Book(pytester.path)
    book.folder.mkdir()
    book.path.write_bytes(text.encode("latin-1"))

    result = pytester.runpytest("katas/01_double")

    assert result.ret == 0
    result.stdout.fnmatch_lines(["*progress.json was damaged.*the old file is *damaged-*.json*"])
    (kept,) = book.folder.glob("progress.damaged-*.json")
    assert kept.read_bytes() == text.encode("latin-1")
    assert state_of(pytester.path).state == "green"


def test_of_a_damaged_file_what_can_be_read_is_kept_on(tmp_path: Path) -> None:
    kata_folders.make(tmp_path)
    book = Book(tmp_path)
    book.folder.mkdir()
    good = Entry(tests="a", code="b", steps={"test_of_one": "green"}, hints=2)
    katas = {"01_double": asdict(good), "02_x": {"steps": "?"}}
    book.path.write_text(json.dumps({"katas": katas}))

    book.change(lambda known: replace(known, current="01_double"))

    known = book.read()
    assert known.katas == {"01_double": good}
    assert known.current == "01_double"


def test_changes_made_at_once_are_all_kept(tmp_path: Path) -> None:
    book = Book(tmp_path)

    def with_entry(key: str, known: progress.Progress) -> progress.Progress:
        return replace(known, katas={**known.katas, key: Entry()})

    def add(name: str) -> None:
        for number in range(10):
            book.change(partial(with_entry, f"{name}{number}"))

    threads = [threading.Thread(target=add, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(book.read().katas) == 40
    assert not list(book.folder.glob("*.tmp"))


def test_a_failed_change_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = Book(tmp_path)
    book.change(lambda known: replace(known, current="01_double"))
    before = book.path.read_bytes()

    def full(path: Path, target: Path) -> Path:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="disk full"):
        book.change(lambda known: replace(known, current="02_other"))

    assert book.path.read_bytes() == before
    assert not list(book.folder.glob("*.tmp"))


def test_a_folder_that_cannot_be_written_costs_one_line(pytester: pytest.Pytester) -> None:
    kata_folders.make(pytester.path, learner=kata_folders.RIGHT)
    (pytester.path / ".torchkata").write_text("in the way")

    result = pytester.runpytest("katas/01_double")

    assert result.ret == 0
    result.stdout.fnmatch_lines(["progress is not kept: *"])


def test_a_suite_without_katas_keeps_no_progress(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_nothing_of_katas_is_loaded():
            assert not [name for name in sys.modules if name.startswith("pytest_torchkata._kata.")]
        """
    )

    result = pytester.runpytest_subprocess()

    result.assert_outcomes(passed=1)
    assert not (pytester.path / ".torchkata").exists()


def test_the_fingerprint_is_of_contents_and_names(tmp_path: Path) -> None:
    folder = kata_folders.make(tmp_path)
    kata = metadata.load(folder)
    first = Fingerprint.of(kata)
    (folder / "double.py").touch()
    touched = Fingerprint.of(kata)
    (folder / "a.py").write_text("x")
    with_helper = Fingerprint.of(kata)
    (folder / "a.py").rename(folder / "b.py")

    assert touched == first
    assert with_helper.code != first.code
    assert Fingerprint.of(kata).code != with_helper.code
    assert with_helper.tests == first.tests
