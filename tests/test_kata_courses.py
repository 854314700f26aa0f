"""Finding katas by name, and making course folders."""

from __future__ import annotations

from pathlib import Path

import kata_folders
import pytest
from click.testing import CliRunner

from pytest_torchkata._cli import group
from pytest_torchkata._kata import courses
from pytest_torchkata._kata.metadata import Kata, KataError


@pytest.fixture
def katas(tmp_path: Path) -> list[Kata]:
    for name in ("01_linear", "02_logistic", "10_function"):
        kata_folders.make(tmp_path, name=name)
    return courses.read(tmp_path / "katas")


@pytest.mark.parametrize(
    ("name", "chosen"),
    [
        ("1", "01_linear"),
        ("01", "01_linear"),
        ("10", "10_function"),
        ("linear", "01_linear"),
        ("02_logistic", "02_logistic"),
        ("log", "02_logistic"),
        ("katas/01_linear", "01_linear"),
        ("katas/01_linear/", "01_linear"),
    ],
)
def test_a_kata_is_named_by_number_name_path_or_start(
    katas: list[Kata], name: str, chosen: str
) -> None:
    assert courses.choose(katas, name).name == chosen


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("l", "'l' means several katas: 01_linear, 02_logistic"),
        ("linaer", "there is no kata 'linaer'. Did you mean linear? There are: 01_linear, *"),
        ("7", "there is no kata '7'. There are: 01_linear, 02_logistic, 10_function"),
    ],
)
def test_a_name_that_means_no_kata_is_answered_with_those_there_are(
    katas: list[Kata], name: str, message: str
) -> None:
    with pytest.raises(KataError) as caught:
        courses.choose(katas, name)

    pytest.LineMatcher([str(caught.value)]).fnmatch_lines([message])


def test_the_katas_are_found_from_any_folder_below(tmp_path: Path) -> None:
    folder = kata_folders.make(tmp_path)

    assert courses.find(tmp_path) == courses.find(folder) == tmp_path / "katas"


def test_init_makes_a_course_and_keeps_what_is_there(tmp_path: Path) -> None:
    course = tmp_path / "my katas"
    stub = course / "katas" / "01_linear" / "linear.py"

    first = CliRunner().invoke(group, ["init", str(course)])
    stub.write_text("mine\n", encoding="utf-8")
    second = CliRunner().invoke(group, ["init", str(course)])

    assert first.exit_code == second.exit_code == 0
    assert (course / "katas" / "01_linear" / "README.ko.md").is_file()
    assert "--import-mode=importlib" in (course / "pyproject.toml").read_text(encoding="utf-8")
    assert stub.read_text(encoding="utf-8") == "mine\n"


def test_init_refuses_a_file(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.touch()

    result = CliRunner().invoke(group, ["init", str(target)])

    assert result.exit_code == 2
    assert "is a file; name a folder, new or empty" in result.output
