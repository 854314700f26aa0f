"""The learner's commands, called as a learner calls them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import kata_folders
import pytest
from terminals import Terminal

from pytest_torchkata import _cli
from pytest_torchkata._kata import courses, metadata, steps
from pytest_torchkata._kata.progress import Book, Entry, Fingerprint

HINTS = "# Hints\n\n## 1\n\nWhat is x + x?\n\n## 2\n\nWrite return x + x.\n"


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Said]


@pytest.fixture
def torchkata(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Calls the command in `tmp_path`."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["torchkata", *arguments])
        capsys.readouterr()
        try:
            _cli.main()
        except SystemExit as end:
            code = end.code
        else:
            code = 0
        assert code is None or isinstance(code, int)
        captured = capsys.readouterr()
        return Said(code or 0, captured.out, captured.err)

    return call


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course with two katas; the second one builds on the first."""
    first = kata_folders.make(tmp_path)
    (first / "hints.md").write_text(HINTS)
    second = kata_folders.make(
        tmp_path,
        name="02_triple",
        toml='title = "세 배"\ngoal = "Triple."\nprerequisites = ["01_double"]\n',
        tests="def test_one():\n    '''Three times one is three.'''\n",
        learner="def triple(x): ...\n",
    )
    (second / "hints.md").write_text(HINTS)
    return tmp_path


def make_green(root: Path, name: str) -> None:
    kata = metadata.load(root / "katas" / name)
    now = Fingerprint.of(kata)
    states = {step.name: "green" for step in steps.read(kata.tests)}
    entry = Entry(tests=now.tests, code=now.code, steps=states)
    Book(root).change(lambda known: replace(known.changed(kata, entry), current=name))


def run(course: Path, *arguments: str) -> Said:
    """`torchkata run` in a process of its own: pytest leaves modules behind."""
    result = subprocess.run(
        [sys.executable, "-m", "pytest_torchkata", "run", *arguments],
        cwd=course,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Said(result.returncode, result.stdout, result.stderr)


def test_alone_it_says_where_you_are_and_what_to_do(course: Path, torchkata: Command) -> None:
    said = torchkata()

    assert said.code == 0
    assert "0 of 2 katas green" in said.out
    assert "You are at 01_double: Twice as much" in said.out
    assert "Read the lesson, then write katas/01_double/double.py." in said.out
    assert "torchkata watch 1" in said.out
    assert "katas/01_double/README.md" in said.out
    assert "torchkata hint 1   (0/2)" in said.out


def test_alone_without_a_course_it_says_how_to_get_one(torchkata: Command) -> None:
    said = torchkata()

    assert said.code == 0
    assert "torchkata init my-katas" in said.out


def test_alone_it_names_the_next_step_of_a_red_kata(course: Path, torchkata: Command) -> None:
    (course / "katas/01_double/double.py").write_text("def double(x):\n    return x + 1\n")
    run(course, "1", "--json")

    said = torchkata()

    assert "2 of 3 steps pass. Next is step 2: Twice x is x plus x." in said.out


def test_alone_when_all_is_green_it_asks_for_more(course: Path, torchkata: Command) -> None:
    make_green(course, "01_double")
    make_green(course, "02_triple")

    said = torchkata()

    assert "2 of 2 katas green" in said.out
    assert "Every kata is green." in said.out


def test_list_shows_every_kata_within_80_columns(course: Path, torchkata: Command) -> None:
    make_green(course, "01_double")
    with (course / "katas/01_double/double.py").open("a") as file:
        file.write("# more\n")

    said = torchkata("list")

    assert "run again" in said.out
    text = " ".join(said.out.split())
    assert "your code has changed since it was" in text
    assert "after 01_double" in text
    assert "세 배" in said.out
    assert "0 of 2 katas green" in said.out
    assert max(len(line) for line in said.out.splitlines()) <= 80
    assert "\x1b" not in said.out


def test_list_for_programs(course: Path, torchkata: Command) -> None:
    make_green(course, "01_double")

    first, second = json.loads(torchkata("list", "--json").out)

    assert first == {
        "kata": "01_double",
        "title": "Twice as much",
        "state": "green",
        "was": None,
        "because": None,
        "passed": 3,
        "steps": 3,
        "next_step": None,
        "prerequisites": [],
        "folder": str(course / "katas/01_double"),
    }
    assert (second["state"], second["next_step"]) == ("new", "test_one")


def test_list_survives_an_encoding_without_its_letters(course: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "pytest_torchkata", "list"],
        cwd=course,
        env={"PYTHONIOENCODING": "ascii", "PATH": "", "COLUMNS": "80", "LC_ALL": "C"},
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert result.returncode == 0, result.stderr
    assert b"01_double" in result.stdout
    assert rb"\uc138" in result.stdout
    assert b".........." in result.stdout


def test_run_gives_the_verdict_and_its_exit_code(course: Path) -> None:
    red = run(course, "1")
    (course / "katas/01_double/double.py").write_text(kata_folders.RIGHT)
    green = run(course, "double")
    (course / "katas/01_double/double.py").write_text("def double(x):\n    return x + x\n")
    bare = run(course, "1")
    nothing = run(course, "1", "-k", "no_such_step")
    refused = run(course, "1", "--no-such-option")

    assert (red.code, green.code, nothing.code, refused.code) == (1, 0, 1, 2)
    assert "0 of 3 steps pass. The next one:" in red.out
    assert "Green: all 3 steps pass." in green.out
    assert "torchkata refactor 01_double" in green.out
    assert "has no docstring" not in green.out
    assert "double.py:1: double has no docstring" in bare.out


def test_run_says_nothing_of_what_pytest_does_not_rewrite(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As an installed wheel does: pytest finds the package among its plugins, loaded before.
    installed = course / "installed" / "torchkata_too-1.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: torchkata-too\nVersion: 1\n")
    (installed / "entry_points.txt").write_text("[pytest11]\ntorchkata_too = json\n")
    (installed / "RECORD").write_text("pytest_torchkata/__init__.py,,\n")
    monkeypatch.setenv("PYTHONPATH", str(installed.parent))

    said = run(course, "1")

    assert "0 of 3 steps pass. The next one:" in said.out
    assert "warning" not in said.out


def test_run_for_programs(course: Path) -> None:
    (course / "katas/01_double/double.py").write_text("print('hello')\n" + kata_folders.RIGHT)

    said = run(course, "1", "--json")

    found = json.loads(said.out)
    assert (said.code, found["state"], found["passed"]) == (0, "green", 3)
    assert found["pytest_exit_code"] == 0


@pytest.mark.parametrize("name", ["2", "02", "02_triple", "triple", "tri", "katas/02_triple/"])
def test_a_kata_has_many_names(course: Path, torchkata: Command, name: str) -> None:
    assert "02_triple, hint 1 of 2" in torchkata("hint", name).out


def test_a_typo_gets_the_nearest_name(course: Path, torchkata: Command) -> None:
    said = torchkata("hint", "duoble")

    assert said.code == 2
    assert "there is no kata 'duoble'. Did you mean double?" in said.err


def test_a_mistyped_command_gets_the_nearest_one(course: Path, torchkata: Command) -> None:
    said = torchkata("hnit")

    assert said.code == 2
    assert "there is no command 'hnit'. Did you mean hint?" in said.err


def test_help_names_every_command_in_a_whole_line(torchkata: Command) -> None:
    said = torchkata("--help")

    assert "watch     Watch a kata: save its file and know at once.\n" in said.out
    assert "..." not in said.out.partition("Commands:")[2]


def test_help_and_errors_in_korean(
    course: Path, torchkata: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = torchkata("hint", "duoble", "--lang", "ko")
    alone = torchkata("--lang", "ko")
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    everything, one, early, wrong = (
        torchkata("--help"),
        torchkata("watch", "--help"),
        torchkata("refactor", "1"),
        torchkata("hnit"),
    )
    monkeypatch.chdir(course.parent)
    nowhere = torchkata("list")

    assert "'duoble' 카타는 없습니다. 혹시 double입니까?" in unknown.err
    assert "지금 위치 01_double" in alone.out
    assert "테스트를 통과시키며 PyTorch를 배웁니다." in everything.out
    assert "watch     저장할 때마다 바로 결과를 보여 줍니다.\n" in everything.out
    assert "저장할 때마다 바로 결과를 보여 줍니다." in one.out
    assert "Exit code: 0 when you quit" in one.out
    assert early.err.startswith(
        "오류: 01_double 카타는 아직 초록이 아닙니다(3단계 중 0단계 통과, 시작 전)."
    )
    assert wrong.err.startswith("오류: 'hnit' 명령은 없습니다. 혹시 hint입니까?")
    assert "과정 폴더로 가거나 새로 만드세요: torchkata init my-katas" in nowhere.err
    assert {unknown.code, early.code, wrong.code, nowhere.code} == {2}


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_long_message_is_wrapped_between_words_on_a_terminal(course: Path) -> None:
    terminal = Terminal(course, "refactor", "1")
    text = terminal.to_the_end()
    terminal.close()

    lines = text.replace("\r", "").splitlines()
    assert lines == [
        "Error: 01_double is not green (0 of 3 steps pass; new): refactoring starts from",
        "green. torchkata run 1",
    ]


def test_hints_come_one_by_one(course: Path, torchkata: Command) -> None:
    first, second, over = (torchkata("hint", "1") for _ in range(3))

    assert "hint 1 of 2" in first.out
    assert "What is x + x?" in first.out
    assert "return x + x" not in first.out
    assert "hint 2 of 2" in second.out
    assert "Write return x + x." in second.out
    assert "You have seen all 2 hints of 01_double." in over.out


def test_all_hints_and_none_counted(course: Path, torchkata: Command) -> None:
    everything = torchkata("hint", "1", "--all")

    assert "What is x + x?" in everything.out
    assert "Write return x + x." in everything.out
    assert "hint 1 of 2" in torchkata("hint", "1").out


def test_hints_in_korean(course: Path, torchkata: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    (course / "katas/01_double/hints.ko.md").write_text("## 1\n\n더하세요.\n", encoding="utf-8")

    asked = torchkata("hint", "1", "--lang", "ko")
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    by_locale = torchkata("hint", "1", "--all")
    (course / "pyproject.toml").write_text('[tool.pytest.ini_options]\ntorchkata_lang = "en"\n')
    by_course = torchkata("hint", "1", "--all")

    assert "힌트 1/1" in asked.out
    assert "더하세요." in asked.out
    assert "더하세요." in by_locale.out
    assert "What is x + x?" in by_course.out


def test_a_kata_without_hints_says_what_is_missing(course: Path, torchkata: Command) -> None:
    (course / "katas/01_double/hints.md").write_text("# Hints\n")

    said = torchkata("hint", "1")

    assert said.code == 2
    assert "katas/01_double/hints.md has no hints: no section that starts with '## 1'" in said.err


def test_a_hint_says_its_number_once(course: Path, torchkata: Command) -> None:
    (course / "katas/01_double/hints.md").write_text("## 1\n\nAdd.\n\n## 2 Twice\n\nWrite.\n")

    first, second = torchkata("hint", "1"), torchkata("hint", "1")

    assert first.out == "01_double, hint 1 of 2\nAdd.\n\n"
    assert second.out == "01_double, hint 2 of 2\n## 2 Twice\n\nWrite.\n\n"


def test_next_after_green_is_the_kata_that_status_names(course: Path, torchkata: Command) -> None:
    kata_folders.make(course, name="03_more")
    make_green(course, "01_double")
    status = torchkata()

    said, further = torchkata("next"), torchkata("next")

    assert "You are at 02_triple" in status.out
    assert "You are at 02_triple" in said.out
    assert "You are at 03_more" in further.out


def test_next_moves_on(course: Path, torchkata: Command) -> None:
    run(course, "1", "--json")

    said = torchkata("next")

    assert "You are at 02_triple" in said.out
    assert "You are at 02_triple" in torchkata().out


@pytest.fixture
def source(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed course with one kata."""
    package = tmp_path_factory.mktemp("installed")
    kata_folders.make(package / "_course")
    monkeypatch.setattr(courses, "PACKAGE", package)
    return package / "_course" / "katas"


def test_init_makes_a_course_that_runs(
    source: Path, tmp_path: Path, torchkata: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = torchkata("init", "내 과정")
    monkeypatch.chdir(tmp_path / "내 과정")

    assert made.code == 0
    assert "next   cd '내 과정' && torchkata watch" in made.out
    assert "You are at 01_double" in torchkata().out
    assert run(tmp_path / "내 과정", "1").code == 1
    settings = json.loads((tmp_path / "내 과정/.vscode/settings.json").read_text())
    assert settings["python.testing.pytestArgs"] == ["katas"]
    assert "py.test" in (tmp_path / "내 과정/.idea/katas.iml").read_text()
    assert ".torchkata/" in (tmp_path / "내 과정/.gitignore").read_text()


def test_init_touches_no_file_that_is_there(
    source: Path, tmp_path: Path, torchkata: Command
) -> None:
    torchkata("init", "mine")
    mine = tmp_path / "mine/katas/01_double/double.py"
    mine.write_text("mine")
    (tmp_path / "mine/.gitignore").write_text("mine")

    again = torchkata("init", "mine")

    assert again.code == 0
    assert "0 files written" in again.out
    assert mine.read_text() == (tmp_path / "mine/.gitignore").read_text() == "mine"


def test_init_refuses_a_file(source: Path, tmp_path: Path, torchkata: Command) -> None:
    (tmp_path / "taken").write_text("")

    said = torchkata("init", "taken")

    assert said.code == 2
    assert "taken is a file; name a folder, new or empty" in said.err


def test_reset_keeps_what_was_written(
    source: Path, tmp_path: Path, torchkata: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    torchkata("init", "mine")
    monkeypatch.chdir(tmp_path / "mine")
    stub = tmp_path / "mine/katas/01_double/double.py"
    nothing = torchkata("reset", "1")
    for text in ("first", "second"):
        stub.write_text(text)
        said = torchkata("reset", "1")

    assert "is as it came: nothing to reset" in nothing.out
    assert stub.read_text() == kata_folders.STUB
    assert "kept   .torchkata/kept/katas/01_double/double.20" in said.out
    kept = (tmp_path / "mine/.torchkata/kept/katas/01_double").iterdir()
    assert sorted(path.read_text() for path in kept) == ["first", "second"]


def test_reset_brings_a_deleted_file_back(
    source: Path, tmp_path: Path, torchkata: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    torchkata("init", "mine")
    monkeypatch.chdir(tmp_path / "mine")
    (tmp_path / "mine/katas/01_double/double.py").unlink()

    assert torchkata("reset", "1").code == 0
    assert (tmp_path / "mine/katas/01_double/double.py").read_text() == kata_folders.STUB


def test_reset_in_a_checkout_asks_git_past_the_learners_own_commits(
    tmp_path: Path, torchkata: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = kata_folders.make(tmp_path)
    monkeypatch.setattr(courses, "PACKAGE", tmp_path / "pytest_torchkata")

    def git(*arguments: str) -> None:
        name = ["-c", "user.name=n", "-c", "user.email=n@example.org"]
        subprocess.run(["git", *name, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "the stub")
    (folder / "double.py").write_text(kata_folders.RIGHT)
    git("commit", "-qam", "my solution")

    said = torchkata("reset", "1")

    assert said.code == 0, said.err
    assert (folder / "double.py").read_text() == kata_folders.STUB


def test_reset_in_a_copy_without_git_says_that_nobody_knows(
    tmp_path: Path, torchkata: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = kata_folders.make(tmp_path, learner="mine")
    monkeypatch.setattr(courses, "PACKAGE", tmp_path / "pytest_torchkata")

    said = torchkata("reset", "1")

    assert said.code == 2
    assert "double.py is part of this course's own source, and git" in said.err
    assert (folder / "double.py").read_text() == "mine"


def test_update_brings_new_katas_and_leaves_the_learners_files(
    source: Path, tmp_path: Path, torchkata: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    torchkata("init", "mine")
    mine = tmp_path / "mine/katas/01_double"
    monkeypatch.chdir(tmp_path / "mine")
    (mine / "double.py").write_text("mine")
    (mine / "README.md").write_text("my notes")
    kata_folders.make(source.parent, name="02_triple")
    for name in ("test_double.py", "README.md", "double.py"):
        (source / "01_double" / name).write_text(f"new {name}\n")

    said = torchkata("update")

    assert said.code == 0
    assert "new       katas/02_triple" in said.out
    assert "replaced  katas/01_double/test_double.py" in said.out
    assert "the tests of 01_double have changed: run it again" in said.out
    assert "katas/01_double/double.py is yours and stays" in said.out
    assert (mine / "double.py").read_text() == "mine"
    assert (mine / "README.md").read_text() == "new README.md\n"
    kept = list((tmp_path / "mine/.torchkata/kept/katas/01_double").iterdir())
    assert [path.read_text() for path in kept] == ["my notes"]
    assert "up to date" in torchkata("update").out


def test_update_in_the_source_itself_is_refused(source: Path, torchkata: Command) -> None:
    before = {path: path.read_bytes() for path in source.rglob("*") if path.is_file()}

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(source)
        said = torchkata("update")

    assert said.code == 2
    assert "is the course's own source: bring it up to date with git" in said.err
    assert before == {path: path.read_bytes() for path in source.rglob("*") if path.is_file()}


def test_the_solution_waits_for_green(
    course: Path, torchkata: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courses, "PACKAGE", course / "pytest_torchkata")
    place = course / "tests/katas/01_double"
    place.mkdir(parents=True)
    (place / "solution.py").write_text(kata_folders.RIGHT)

    early = torchkata("solution", "1")
    given_up = torchkata("solution", "1", "--give-up")
    make_green(course, "01_double")
    green = torchkata("solution", "1")

    assert early.code == 2
    assert "01_double is not green (0 of 3 steps pass)" in early.err
    assert "x + x" not in early.out
    assert given_up.out == green.out == kata_folders.RIGHT


def test_outside_a_checkout_there_is_no_solution_and_it_says_so(
    course: Path, torchkata: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courses, "PACKAGE", course / "site-packages/pytest_torchkata")

    said = torchkata("solution", "1", "--give-up")

    assert said.code == 2
    assert "solutions come with the source repository (tests/katas)" in said.err


def test_no_course_is_told_with_the_way_to_one(torchkata: Command) -> None:
    said = torchkata("list")

    assert said.code == 2
    assert "torchkata init my-katas" in said.err


def test_the_light_commands_load_neither_torch_nor_pytest(course: Path) -> None:
    code = (
        "import sys\n"
        "from pytest_torchkata import _cli\n"
        "sys.argv = ['torchkata', 'list']\n"
        "try:\n    _cli.main()\nexcept SystemExit:\n    pass\n"
        "print(sorted({'torch', 'pytest', 'hypothesis', 'numpy'} & set(sys.modules)))\n"
    )

    result = subprocess.run(
        [sys.executable, "-c", code], cwd=course, capture_output=True, text=True, check=True
    )

    assert result.stdout.splitlines()[-1] == "[]"
