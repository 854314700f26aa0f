"""What a learner reads of typical mistakes in kata 03: enough to find them."""

from __future__ import annotations

import fnmatch
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_torchkata._kata import RECORD

ROOT = Path(__file__).parent.parent
KATA = ROOT / "katas" / "03_dataset"
SOLUTIONS = ROOT / "tests" / "katas" / "03_dataset"
CONFTEST = f"""
import json, pathlib

def pytest_runtest_logreport(report):
    record = getattr(report, {RECORD!r}, {{}})
    if "text" in record:
        with pathlib.Path("texts").open("a", encoding="utf-8") as file:
            file.write(json.dumps([report.nodeid, record["text"]]) + "\\n")
"""

# The wrong solution, the step that catches it, and lines of what is shown, in this order.
MISTAKES: dict[str, tuple[str, list[str]]] = {
    "keys_in_small_letters": (
        "a_text_and_its_label",
        ["TextDataset(*)[[]0] must be {'Text': '', 'Class': *}; it is {'text': '', 'class': *}"],
    ),
    "lengths_unchecked": (
        "as_many_labels_as_texts",
        ["TextDataset of [0-9] texts and [0-9] labels must raise ValueError; it gave *"],
    ),
    "classes_as_they_come": (
        "a_table_of_any_shape",
        [
            "classes must be the names, sorted: [[]*]; it is [[]*]",
            "    table=Table(header=*, rows=*, label_column='species')",
        ],
    ),
    "split_at_commas": (
        "a_table_of_any_shape",
        ["ValueError: *table.csv, line *", "*'9, red'*", "your line: *"],
    ),
    "bad_rows_skipped": (
        "a_row_that_is_wrong",
        [
            'TabularDataset("table.csv", "species"), whose line 2 is *, must raise ValueError; *',
            "    broken=Broken(table=*, line=2, column=*)",
        ],
    ),
    "channels_last": (
        "the_pixels_of_an_image",
        ["the image of a PNG file in Pillow's mode *, must have the shape *; it has *"],
    ),
    "files_as_classes": (
        "the_order_of_images",
        ["classes must be [[]*]; it is [[]'0.png'*'notes.txt']"],
    ),
    "images_read_at_start": (
        "images_are_opened_when_asked_for",
        ["ImageFolder(root) opened [[]'a.png'], for which nobody has asked yet"],
    ),
    "image_left_open": (
        "images_are_opened_when_asked_for",
        ["after dataset[[]0], a.png is still open"],
    ),
    "error_of_pillow": (
        "unreadable_images",
        [
            "dataset[[]1], whose file cat/b.png is *, must raise ValueError; it raised *",
            "    problem=*",
        ],
    ),
    "negative_unbounded": (
        "indices_are_those_of_a_list",
        ["dataset[[]-*] of a TextDataset of length * must raise IndexError; it gave {*}"],
    ),
    "only_int": (
        "indices_are_those_of_a_list",
        ["dataset[[]tensor(*)] of a TextDataset of length * must give an item; it raised *"],
    ),
    "index_changed": (
        "indices_are_those_of_a_list",
        ["dataset[[]tensor(-*)] of a TextDataset of length * changed the tensor itself: to *"],
    ),
    "view_of_matrix": (
        "an_item_is_its_callers",
        ["the tensor of TabularDataset[[]0], after another copy of it was changed in place, is *"],
    ),
    "table_kept_open": (
        "datasets_can_be_pickled",
        ["TabularDataset cannot be pickled: cannot pickle *", "*keep no open file, no lambda*"],
    ),
    "split_among_workers": (
        "a_loader_gives_every_sample_once",
        ["a DataLoader of a TextDataset with 2 workers, * must give each item once; it gave"],
    ),
}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each mistake's step shows: all of them in one run, a kata folder each."""
    pytest.importorskip("PIL", reason="the kata's images need Pillow")
    course = tmp_path_factory.mktemp("course")
    (course / "conftest.py").write_text(CONFTEST)
    (course / "pyproject.toml").write_text(
        '[tool.pytest.ini_options]\naddopts = ["--import-mode=importlib"]\n'
    )
    names, chosen = {}, []
    for number, (mistake, (step, _)) in enumerate(MISTAKES.items()):
        folder = course / "katas" / f"{number:02}_dataset"
        shutil.copytree(KATA, folder, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copyfile(SOLUTIONS / "solution.py", folder / "solution.py")
        shutil.copyfile(SOLUTIONS / f"wrong_{mistake}.py", folder / "dataset.py")
        names[folder.name] = mistake
        chosen.append(f"katas/{folder.name}/test_dataset.py::test_{step}")
    options = ["-q", "--hypothesis-seed=0", "-pno:cacheprovider", "-pno:randomly", "-pno:xdist"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *chosen],
        cwd=course,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (course / "texts").is_file(), run.stdout + run.stderr
    lines = (course / "texts").read_text(encoding="utf-8").splitlines()
    return {names[Path(node).parts[1]]: text for node, text in map(json.loads, lines)}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_shown_so_that_it_can_be_found(mistake: str, shown: dict[str, str]) -> None:
    assert mistake in shown, f"no step shows {mistake}"
    _, wanted = MISTAKES[mistake]
    lines = [line.rstrip() for line in shown[mistake].splitlines()]
    rest = lines
    for pattern in wanted:
        found = [number for number, line in enumerate(rest) if fnmatch.fnmatchcase(line, pattern)]
        assert found, f"no line like {pattern!r} (in this order) in\n{shown[mistake]}"
        rest = rest[found[0] + 1 :]
