"""In which language a learner is spoken to."""

from __future__ import annotations

import string

import kata_folders
import pytest

from pytest_torchkata._kata import language, words

KOREAN = kata_folders.TOML + '[ko]\ntitle = "두 배"\ngoal = "두 배로."\n'


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, "en"),
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LC_MESSAGES": "ko", "LANG": "en_US"}, "ko"),
        ({"LC_ALL": "", "LANG": "ko.UTF-8"}, "ko"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "kok_IN"}, "en"),
    ],
)
def test_the_locale_decides(environment: dict[str, str], wanted: str) -> None:
    assert language.by_locale(environment) == wanted


@pytest.mark.parametrize("key", words.keys())
def test_every_sentence_has_both_languages_and_the_same_names(key: str) -> None:
    names = [
        {field for _, field, _, _ in string.Formatter().parse(text) if field}
        for text in words.sentences(key)
    ]

    assert len(names) == 2
    assert names[0] == names[1]


def test_labels_line_up_though_korean_letters_are_wide() -> None:
    assert words.label("next") == "next    "
    assert words.label("다음") == "다음    "


def test_the_screen_speaks_the_language_that_was_asked_for(pytester: pytest.Pytester) -> None:
    kata_folders.make(pytester.path, toml=KOREAN)

    result = pytester.runpytest("katas/01_double", "--torchkata-lang=ko", "-p", "no:randomly")

    result.stdout.fnmatch_lines(
        [
            "*katas/01_double: 두 배*",
            "3단계 중 0단계 통과. 다음 단계:",
            "단계 1  test_of_one",
            "아직 작성하지 않았습니다: double.py:3, double 안",
            "다음    *",
        ]
    )


def with_language(pytester: pytest.Pytester, name: str) -> None:
    """Set `torchkata_lang` in the course's settings."""
    with (pytester.path / "pyproject.toml").open("a") as file:
        file.write(f'torchkata_lang = "{name}"\n')


def test_the_ini_key_is_the_default(pytester: pytest.Pytester) -> None:
    kata_folders.make(pytester.path, toml=KOREAN)
    with_language(pytester, "ko")

    result = pytester.runpytest("katas/01_double")

    result.stdout.fnmatch_lines(["*두 배*"])


def test_an_unknown_language_is_refused_with_the_known_ones(pytester: pytest.Pytester) -> None:
    kata_folders.make(pytester.path)
    with_language(pytester, "fr")

    result = pytester.runpytest("katas/01_double")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*torchkata_lang = 'fr': a kata speaks en or ko*"])
