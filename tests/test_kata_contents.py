"""What every kata folder must hold, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_torchkata._kata import courses, metadata, steps

KATAS = courses.read(Path(__file__).parent.parent / "katas")
pytestmark = pytest.mark.parametrize("kata", KATAS, ids=lambda kata: kata.name)


def headings(text: str) -> list[str]:
    return re.findall(r"^(#+) ", text, flags=re.MULTILINE)


def code_blocks(text: str) -> list[str]:
    return re.findall(r"^```.*?^```$", text, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", ["README", "hints"])
def test_both_languages_have_the_same_sections_and_code(kata: metadata.Kata, name: str) -> None:
    english = (kata.folder / f"{name}.md").read_text(encoding="utf-8")
    korean = (kata.folder / f"{name}.ko.md").read_text(encoding="utf-8")

    assert headings(english) == headings(korean)
    assert code_blocks(english) == code_blocks(korean)
    assert re.search("[가-힣]", korean)


def test_metadata_is_whole_in_both_languages(kata: metadata.Kata) -> None:
    korean = metadata.load(kata.folder, "ko")

    for text in (korean.title, korean.goal, *korean.learned, *korean.refactor):
        assert re.search("[가-힣]", text)
    assert len(kata.learned) == len(korean.learned) > 0
    assert len(kata.refactor) == len(korean.refactor) > 0
    assert kata.references
    assert set(kata.prerequisites) <= {each.name for each in KATAS}


def test_hints_are_numbered_and_none_is_empty(kata: metadata.Kata) -> None:
    text = kata.hints.read_text(encoding="utf-8")
    numbers = re.findall(r"^## (\d+)$", text, flags=re.MULTILINE)

    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]
    assert len(numbers) >= 4
    for hint in re.split(r"^## \d+$", text, flags=re.MULTILINE)[1:]:
        assert len(hint.split()) >= 5


def test_every_step_claims_one_property_in_a_line_that_fits(kata: metadata.Kata) -> None:
    every = steps.read(kata.tests)

    assert 8 <= len(every) <= 15
    for step in every:
        assert step.claim != step.name, f"{step.name} has no docstring"
        assert len(step.claim) <= 66, f"{step.name}: its claim is cut at 80 columns"


def test_the_lesson_names_what_is_forbidden(kata: metadata.Kata) -> None:
    lesson = kata.lesson.read_text(encoding="utf-8")

    for operation in kata.forbidden.operations:
        assert operation.rpartition(".")[2] in lesson, f"{operation} is not in the lesson"
