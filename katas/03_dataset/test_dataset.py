"""The steps of kata 03. Read the first red one, make it green, go on to the next."""

import csv
import io
import multiprocessing
import os
import pickle
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from pytest_torchkata import assert_close

from .dataset import ImageFolder, TabularDataset, TextDataset

if TYPE_CHECKING:
    from PIL import Image

IRIS = Path(__file__).with_name("iris.csv")
WORDS = st.text("ab ", max_size=4)
NO_PILLOW = "this step reads PNG files: pip install pillow"


@contextmanager
def new_folder() -> Iterator[Path]:
    """An empty folder, gone afterwards."""
    # On Windows an open file cannot be deleted: a dataset that keeps one must fail its own step.
    with tempfile.TemporaryDirectory(prefix="kata", ignore_cleanup_errors=True) as name:
        yield Path(name)


# Tables


class Table(NamedTuple):
    """What a CSV file holds, as text."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    label_column: str

    def write(self, path: Path, line_end: str = "\n") -> Path:
        """Write the file `path`."""
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator=line_end).writerows([self.header, *self.rows])
        return path

    @property
    def label_at(self) -> int:
        """The place of the label's column."""
        return self.header.index(self.label_column)

    @property
    def classes(self) -> list[str]:
        """The names of the labels."""
        return sorted({row[self.label_at] for row in self.rows})

    def item(self, row: int, dtype: torch.dtype = torch.float32) -> tuple[Tensor, int]:
        """The item that belongs to a row."""
        cells = list(self.rows[row])
        label = cells.pop(self.label_at)
        features = torch.tensor([float(cell) for cell in cells], dtype=torch.float64)
        return features.to(dtype), self.classes.index(label)


LABELS = ("b", "a", "B", "10", "9, red")
COLUMNS = ("species", "width", "height", "depth", "mass", "age")
NUMBERS = st.one_of(
    st.integers(-20, 20).map(str),
    st.integers(-99, 99).map(lambda tenths: str(tenths / 10)),
    st.sampled_from(["1e-3", "-2.5E2", "0.333333333333"]),
)


@st.composite
def tables(draw: st.DrawFn, *, min_rows: int = 0) -> Table:
    """Small tables, the label in any column."""
    # All columns, often: more than the four numbers of the Iris table.
    width = draw(st.integers(2, len(COLUMNS)) | st.just(len(COLUMNS)))
    header = tuple(draw(st.permutations(COLUMNS[:width])))
    cells = [st.sampled_from(LABELS) if name == COLUMNS[0] else NUMBERS for name in header]
    # Not st.lists: most of its lists are short, and few would hold several labels.
    rows = [draw(st.tuples(*cells)) for _ in range(draw(st.integers(min_rows, 6)))]
    return Table(header, tuple(rows), COLUMNS[0])


class Broken(NamedTuple):
    """A table with one wrong row."""

    table: Table
    line: int  # of the wrong row, where the header is line 1
    column: str  # of the wrong cell, or "" where there are too few cells or too many


@st.composite
def broken_tables(draw: st.DrawFn) -> Broken:
    """Small tables with a cell that is no number, one too few or one too many."""
    table = draw(tables(min_rows=1))
    at = draw(st.integers(0, len(table.rows) - 1))
    cells, column = list(table.rows[at]), ""
    problem = draw(st.sampled_from(["cell", "too few", "too many"]))
    if problem == "cell":
        column = draw(st.sampled_from([name for name in table.header if name != COLUMNS[0]]))
        cells[table.header.index(column)] = draw(st.sampled_from(["", "x", "?", "n/a", "1.x"]))
    elif problem == "too few":
        cells.pop()
    else:
        cells.append("1")
    rows = (*table.rows[:at], tuple(cells), *table.rows[at + 1 :])
    return Broken(table._replace(rows=rows), at + 2, column)


# Images


class Picture(NamedTuple):
    """A PNG file: Pillow's mode, the size in pixels, and a byte for each value, row by row."""

    mode: str
    width: int
    height: int
    data: bytes

    def write(self, path: Path) -> Path:
        """Write the file `path`."""
        image = pillow()
        size = (self.width, self.height)
        if self.mode == "1":
            made = image.frombytes("L", size, bytes(255 * bit for bit in self.data)).convert("1")
        else:
            made = image.frombytes(self.mode.partition("+")[0], size, self.data)
        if made.mode == "P":
            made.putpalette([value for colour in PALETTE for value in colour])
        options = {"transparency": 0} if self.mode == "P+alpha" else {}
        made.save(path, "PNG", **options)
        return path

    @classmethod
    def of(cls, mode: str, width: int, height: int, values: bytes) -> "Picture":
        """The picture in `mode` whose values are made from the first of `values`."""
        bands, largest = MODES[mode]
        data = bytes(value % (largest + 1) for value in values[: width * height * bands])
        return cls(mode, width, height, data)

    @property
    def shape(self) -> tuple[int, int, int]:
        """The shape of the image as a tensor."""
        return 1 if self.mode in ("1", "L", "LA") else 3, self.height, self.width

    @property
    def image(self) -> Tensor:
        """The image as a tensor."""
        values = torch.tensor(list(self.data)).view(self.height, self.width, -1)
        if self.mode == "1":
            values = values * 255
        elif self.mode in ("P", "P+alpha"):
            values = torch.tensor(PALETTE)[values[..., 0]]
        return values[..., : self.shape[0]].permute(2, 0, 1).float() / 255


SIDES = st.integers(1, 3)
PALETTE = ((255, 0, 0), (0, 128, 0), (10, 20, 30), (7, 7, 7))
# How many values a pixel has, and how large they may be.
MODES = {
    "L": (1, 255),
    "RGB": (3, 255),
    "1": (1, 1),
    "LA": (2, 255),
    "RGBA": (4, 255),
    "P": (1, len(PALETTE) - 1),
    "P+alpha": (1, len(PALETTE) - 1),
    "I;16": (2, 255),
}


def pillow() -> Any:  # the module PIL.Image, which may be missing
    """The module that reads and writes images, or the step is skipped."""
    return pytest.importorskip("PIL.Image", reason=NO_PILLOW)


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    """Small pictures, grey or in colour."""
    mode, width, height = draw(st.sampled_from(["L", "RGB"])), *draw(st.tuples(SIDES, SIDES))
    size = width * height * MODES[mode][0]
    return Picture(mode, width, height, draw(st.binary(min_size=size, max_size=size)))


def invert(image: "Tensor | Image.Image") -> Any:  # of the type of its argument
    """Swap dark and light; in an image that is no tensor yet, too, as torchvision's are."""
    return 1 - image if isinstance(image, Tensor) else image.point(lambda value: 255 - value)


def grey(value: int) -> Picture:
    """A picture of one grey pixel, which tells it from others."""
    return Picture("L", 1, 1, bytes([value]))


# What all three must do


def assert_tensor(got: object, want: Tensor, what: str) -> None:
    """`got` is the tensor `want`."""
    assert isinstance(got, Tensor), f"{what} must be a tensor; it is {got!r}"
    assert got.shape == want.shape, (
        f"{what} must have the shape {tuple(want.shape)}; it has {tuple(got.shape)}"
    )
    assert got.dtype == want.dtype, f"{what} must be in {want.dtype}; it is in {got.dtype}"
    eps = torch.finfo(want.dtype).eps
    # A few roundings: of the number read, of the quotient by 255 or of the factor 1 / 255, and
    # of a transform. An image lies in [0, 1], where the rounding of 1 - x is relative to 1.
    atol = 4 * eps if want.ndim == 3 else 0
    assert_close(got, want, rtol=2 * eps, atol=atol, msg=lambda text: f"{what} is wrong\n{text}")


def assert_pair(got: Any, what: str) -> None:  # Any: what a learner's code gave
    """`got` is a tuple of a tensor and a label."""
    assert isinstance(got, tuple), f"{what} must be a tuple; it is {got!r}"
    assert len(got) == 2, f"{what} must be a tensor and a label; it is {got!r}"


def assert_item(got: Any, want: Any, what: str) -> None:  # items of any dataset
    """`got` is the item `want` of a dataset."""
    if not isinstance(want, tuple):
        assert isinstance(got, dict), f"{what} must be the dict {want!r}; it is {got!r}"
        assert got == want, f"{what} must be {want!r}; it is {got!r}"
        return
    assert_pair(got, what)
    assert_tensor(got[0], want[0], f"the tensor of {what}")
    label = got[1]
    assert isinstance(label, int), (
        f"the label of {what} must be an int, a place in classes; it is {label!r}"
    )
    assert label == want[1], (
        f"the label of {what} must be {want[1]}, the place of its name among the sorted names; "
        f"it is {label}"
    )


class Made(NamedTuple):
    """A dataset of the learner's, and what it must hold."""

    name: str
    dataset: Any  # a Dataset: torch's own class declares no __len__
    want: list[Any]


def every_kind(
    folder: Path, count: int, transform: Callable[[str], object] | None = None
) -> Iterator[Made]:
    """One dataset of each kind, `count` items long, its files in `folder`; images come last."""
    folder.mkdir(exist_ok=True)
    texts = [f"text {number}" for number in range(count)]
    labels = [number % 3 for number in range(count)]
    yield Made(
        "TextDataset",
        TextDataset(texts, labels, transform),
        [
            {"Text": transform(text) if transform else text, "Class": label}
            for text, label in zip(texts, labels, strict=True)
        ],
    )
    rows = tuple((str(number), "ba"[number % 2], str(count - number)) for number in range(count))
    table = Table(("a", "kind", "b"), rows, "kind")
    yield Made(
        "TabularDataset",
        TabularDataset(table.write(folder / "table.csv"), "kind"),
        [table.item(row) for row in range(count)],
    )
    root = folder / "images"
    want = []
    for number in range(count):
        label = int(number > 1)
        place = root / ("cat", "dog")[label] / f"{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        want.append((grey(10 * number).write(place) and grey(10 * number).image, label))
    yield Made("ImageFolder", ImageFolder(root), want)


def assert_holds(dataset: Any, want: list[Any], what: str) -> None:
    """`dataset` has the items `want`, and says so."""
    assert len(dataset) == len(want), f"{what} has {len(want)} items, but its len is {len(dataset)}"
    for number, item in enumerate(want):
        assert_item(dataset[number], item, f"{what}[{number}]")


def use(dataset: Any) -> list[Any]:
    """Every item, asked for one by one."""
    return [dataset[number] for number in range(len(dataset))]


def refusal(attempt: Callable[[], object], call: str, kind: type[Exception] = ValueError) -> str:
    """The text of the error that `attempt` must raise."""
    try:
        given_back = attempt()
    except NotImplementedError:
        raise
    except kind as error:
        return str(error)
    except Exception as error:
        raise AssertionError(f"{call} must raise {kind.__name__}; it raised {error!r}") from error
    raise AssertionError(f"{call} must raise {kind.__name__}; it gave {given_back!r}")


def item_of(dataset: Any, index: Any, call: str) -> Any:
    """dataset[index], which must give an item."""
    try:
        return dataset[index]
    except NotImplementedError:
        raise
    except Exception as error:
        raise AssertionError(f"{call} must give an item; it raised {error!r}") from error


def assert_tells(text: str, part: str, call: str, what: str) -> None:
    """The message of an error holds `part` as a word or number of its own."""
    edge = r"\d" if part.isdigit() else r"\w"  # line3 tells the line 3
    assert re.search(rf"(?<!{edge}){re.escape(part)}(?!{edge})", text), (
        f"the message of {call} must tell {what}: {part}; it is\n{text!r}"
    )


# The steps


@given(samples=st.lists(st.tuples(WORDS, st.one_of(WORDS, st.integers(-3, 3))), max_size=4))
def test_a_text_and_its_label(samples: list[tuple[str, str | int]]) -> None:
    """Item i is {"Text": texts[i], "Class": labels[i]}."""
    texts, labels = [text for text, _ in samples], [label for _, label in samples]
    dataset = TextDataset(texts, labels)
    call = f"TextDataset({texts}, {labels})"

    assert isinstance(dataset, Dataset), "TextDataset must be a torch.utils.data.Dataset"
    assert len(dataset) == len(texts), f"len({call}) must be {len(texts)}; it is {len(dataset)}"
    for number, (text, label) in enumerate(samples):
        assert_item(dataset[number], {"Text": text, "Class": label}, f"{call}[{number}]")


@given(text=WORDS, label=WORDS, value=st.sampled_from(["new", "", 0, None, ["to", "ken"]]))
def test_the_transform_of_a_text(text: str, label: str, value: object) -> None:
    """With a transform, the item holds what it makes of the text."""
    seen = list[str]()

    def transform(given_text: str) -> object:
        seen.append(given_text)
        return value

    item = TextDataset([text], [label], transform)[0]

    assert set(seen) == {text}, f"transform must be called with {text!r}; its calls were {seen}"
    what = f"the item of the text {text!r}, for which transform returned {value!r},"
    assert_item(item, {"Text": value, "Class": label}, what)


@given(lengths=st.lists(st.integers(0, 5), min_size=2, max_size=2, unique=True))
def test_as_many_labels_as_texts(lengths: list[int]) -> None:
    """Lengths that differ raise ValueError, and both are told."""
    texts, labels = ["text"] * lengths[0], ["label"] * lengths[1]
    call = f"TextDataset of {len(texts)} texts and {len(labels)} labels"

    text = refusal(lambda: use(TextDataset(texts, labels)), call)

    for length in lengths:
        assert_tells(text, str(length), call, "both lengths")


def test_the_iris_table() -> None:
    """The Iris table: 150 flowers, four lengths each, three species."""
    dataset = TabularDataset(str(IRIS), "species")

    assert isinstance(dataset, Dataset), "TabularDataset must be a torch.utils.data.Dataset"
    assert len(dataset) == 150, f"the Iris table has 150 rows; your len is {len(dataset)}"
    names = ["setosa", "versicolor", "virginica"]
    assert list(dataset.classes) == names, f"classes must be {names}; it is {dataset.classes}"
    for number, lengths, label in (
        (0, [5.1, 3.5, 1.4, 0.2], 0),
        (50, [7.0, 3.2, 4.7, 1.4], 1),
        (149, [5.9, 3.0, 5.1, 1.8], 2),
    ):
        assert_item(dataset[number], (torch.tensor(lengths), label), f"dataset[{number}]")
    total = torch.stack([dataset[number][0].double() for number in range(150)]).sum(0)
    want = torch.tensor([876.5, 458.6, 563.7, 179.9], dtype=torch.float64)
    assert_close(
        total, want, rtol=1e-6, atol=0, msg=lambda text: f"the sums of the columns\n{text}"
    )


@settings(max_examples=60)
@given(
    table=tables(),
    dtype=st.sampled_from([None, torch.float64, torch.float16, torch.bfloat16]),
    line_end=st.sampled_from(["\n", "\r\n"]),
)
def test_a_table_of_any_shape(table: Table, dtype: torch.dtype | None, line_end: str) -> None:
    """Features come in the order of the file, in dtype; labels count."""
    with new_folder() as folder:
        path = table.write(folder / "table.csv", line_end)
        keywords = {} if dtype is None else {"dtype": dtype}
        dataset = TabularDataset(path, table.label_column, **keywords)

        assert list(dataset.classes) == table.classes, (
            f"classes must be the names, sorted: {table.classes}; it is {dataset.classes}"
        )
        want = [table.item(row, dtype or torch.float32) for row in range(len(table.rows))]
        assert_holds(dataset, want, "dataset")


@settings(max_examples=10)
@given(table=tables(), missing=st.sampled_from(["file", "column"]))
def test_a_missing_file_or_label_column(table: Table, missing: str) -> None:
    """No file: FileNotFoundError. No label column: ValueError naming it."""
    with new_folder() as folder:
        if missing == "file":
            path = folder / "nowhere.csv"
            call = 'TabularDataset("nowhere.csv", "species"), where no such file is,'
            refusal(lambda: use(TabularDataset(path, "species")), call, FileNotFoundError)
        else:
            path = table.write(folder / "table.csv")
            call = f'TabularDataset("table.csv", "kind"), whose columns are {table.header},'
            text = refusal(lambda: use(TabularDataset(path, "kind")), call)
            assert_tells(text, "table.csv", call, "the file")
            assert_tells(text, "kind", call, "the column")


@given(broken=broken_tables())
def test_a_row_that_is_wrong(broken: Broken) -> None:
    """A bad cell or row: ValueError with its file, line and column."""
    table, line, column = broken
    row = ",".join(table.rows[line - 2])
    with new_folder() as folder:
        path = table.write(folder / "table.csv")
        call = f'TabularDataset("table.csv", "species"), whose line {line} is {row!r},'

        text = refusal(lambda: use(TabularDataset(path, "species")), call)

        text = text.replace(str(folder), "")  # its name may hold digits, too
        assert_tells(text, "table.csv", call, "the file")
        assert_tells(text, str(line), call, "the line (the header is line 1)")
        if column and not re.search(rf"column:? {table.header.index(column) + 1}(?!\d)", text):
            assert_tells(text, column, call, "the column")


@settings(max_examples=20)
@given(
    width=SIDES,
    height=SIDES,
    values=st.lists(st.integers(0, 255), min_size=36, max_size=36).map(bytes),
    transformed=st.booleans(),
)
def test_the_pixels_of_an_image(width: int, height: int, values: bytes, transformed: bool) -> None:
    """An image holds its file's pixels in [0, 1], then transformed."""
    with new_folder() as folder:
        (folder / "cat").mkdir()
        for mode in MODES:
            picture = Picture.of(mode, width, height, values)
            picture.write(folder / "cat" / "a.png")
            turned = transformed and mode in ("L", "RGB")
            dataset = ImageFolder(folder, transform=invert) if turned else ImageFolder(folder)
            assert isinstance(dataset, Dataset), "ImageFolder must be a torch.utils.data.Dataset"
            kind = f"a PNG file in Pillow's mode {mode}, {width} wide and {height} high,"

            item = dataset[0]

            assert_pair(item, f"the item of {kind}")
            what = f"the image of {kind}" + (" with a transform that inverts it," if turned else "")
            if mode != "I;16":
                want = picture.image
                assert_tensor(item[0], 1 - want if turned else want, what)
            else:  # of 16 bits, Pillow has made 8 in more than one way
                low, high = torch.zeros(picture.shape), torch.ones(picture.shape)
                assert_tensor(item[0] * 0, low, what)
                assert_tensor(item[0].clamp(low, high), item[0], f"in [0, 1], {what}")


# 1-2.png comes before 1.png, though 1 comes before 1-2: what is sorted is the path.
FILES = ["1.png", "10.png", "9.png", "a.png", "b.png", "1-2.png"]
NAMES = st.lists(st.sampled_from(FILES), min_size=1, max_size=4, unique=True)


@settings(max_examples=40)
@given(
    tree=st.dictionaries(st.sampled_from(["cat", "dog", "10", "9"]), NAMES, min_size=1),
    others=st.booleans(),
)
def test_the_order_of_images(tree: dict[str, list[str]], others: bool) -> None:
    """Samples are root/<class>/*.png alone, classes and paths sorted."""
    want = [
        (label, name, file)
        for label, name in enumerate(sorted(tree))
        for file in sorted(tree[name])
    ]
    with new_folder() as folder:
        for name, files in tree.items():
            (folder / name).mkdir()
            for file in files:
                number = next(i for i, one in enumerate(want) if one[1:] == (name, file))
                grey(number).write(folder / name / file)
            if others:
                (folder / name / "deep").mkdir()
                grey(200).write(folder / name / "deep" / "0.png")
                for other in ("0.jpg", "0.png.old"):  # an image each, whatever the name says
                    (folder / name / other).write_bytes((folder / name / files[0]).read_bytes())
                (folder / name / "notes.txt").write_text("no image")
        if others:
            grey(200).write(folder / "0.png")
            (folder / "notes.txt").write_text("no image")
        dataset = ImageFolder(folder)
        items = list(islice((dataset[i] for i in range(len(dataset))), 99))

    names = {number: f"{name}/{file}" for number, (_, name, file) in enumerate(want)}
    got = [
        names.get(round(255 * image.float().mean().item()), "another file") for image, _ in items
    ]
    assert got == list(names.values()), (
        f"the samples must be {list(names.values())}, in this order; yours are {got}"
    )
    classes = getattr(dataset, "classes", sorted(tree))
    assert list(classes) == sorted(tree), f"classes must be {sorted(tree)}; it is {classes}"
    for number, (_, label) in enumerate(items):
        assert_item((torch.zeros(1), label), (torch.zeros(1), want[number][0]), names[number])


@contextmanager
def opened_images() -> Iterator[list[str]]:
    """The names of the PNG files that are opened meanwhile."""
    found = list[str]()
    real = io.open

    def spy(file: Any, *rest: Any, **options: Any) -> Any:  # open() takes and gives many types
        if not isinstance(file, int) and str(file).endswith(".png"):
            found.append(Path(os.fsdecode(file)).name)
        return real(file, *rest, **options)

    with mock.patch("builtins.open", spy), mock.patch("io.open", spy):
        yield found


def is_open(path: Path) -> bool:
    """Whether this process has the file open."""
    descriptors = Path("/dev/fd")
    if not descriptors.is_dir():  # Windows, where an open file cannot be replaced: that shows it
        return False
    for name in os.listdir(descriptors):  # noqa: PTH208  names that are numbers, not paths
        try:
            if os.path.samestat(os.fstat(int(name)), path.stat()):
                return True
        except OSError:  # the descriptor of the listing itself, closed by now
            continue
    return False


@settings(max_examples=25)
@given(
    old=pictures(),
    new=pictures(),
    asked_before=st.booleans(),
)
def test_images_are_opened_when_asked_for(old: Picture, new: Picture, asked_before: bool) -> None:
    """A file is opened for its item alone, then closed and forgotten."""
    with new_folder() as folder:
        (folder / "cat").mkdir()
        path = old.write(folder / "cat" / "a.png")
        with opened_images() as opened:
            dataset = ImageFolder(folder)
        assert not opened, f"ImageFolder(root) opened {opened}, for which nobody has asked yet"
        assert not is_open(path), "a new ImageFolder keeps a.png open, for which nobody has asked"
        if asked_before:
            item = dataset[0]
            assert not is_open(path), "after dataset[0], a.png is still open"
            assert_tensor(item[0], old.image, "the image of dataset[0]")

        new.write(folder / "new")
        os.replace(folder / "new", path)  # noqa: PTH105  as one call, whoever has the file open
        image = dataset[0][0]

        assert_tensor(
            image, new.image, "the image of dataset[0], asked for after the file was replaced,"
        )


@settings(max_examples=25)
@given(
    problem=st.sampled_from(["text", "empty", "cut off", "no class", "only files"]),
    picture=pictures(),
)
def test_unreadable_images(problem: str, picture: Picture) -> None:
    """Unreadable: ValueError with the path. No class folder: ValueError."""
    pillow()
    with new_folder() as folder:
        if problem in ("no class", "only files"):
            if problem == "only files":
                picture.write(folder / "a.png")
            refusal(
                lambda: use(ImageFolder(folder)), "ImageFolder(root), where root has no folder,"
            )
            return
        (folder / "cat").mkdir()
        path = picture.write(folder / "cat" / "a.png")
        whole = path.read_bytes()
        broken = {"text": b"no image", "empty": b"", "cut off": whole[: whole.index(b"IDAT") + 8]}
        (folder / "cat" / "b.png").write_bytes(broken[problem])
        dataset = ImageFolder(folder)

        item = item_of(dataset, 0, "dataset[0], whose a.png is whole beside a broken b.png,")
        assert_tensor(item[0], picture.image, "the image of a.png, beside a broken b.png,")
        call = f"dataset[1], whose file cat/b.png is {problem.replace('text', 'a text')},"
        for _ in range(2):
            text = refusal(lambda: dataset[1], call)
            assert "cat/b.png" in text.replace(os.sep, "/").replace("//", "/"), (
                f"the message of {call} must tell the path; it is\n{text!r}"
            )


def numpy_integer(name: str) -> Callable[[int], object]:
    """A type of NumPy's, or int where there is no NumPy."""
    try:
        import numpy
    except ImportError:
        return int
    kind: Callable[[int], object] = getattr(numpy, name)
    return kind


INDEX_KINDS: dict[str, Callable[[int], Any]] = {
    "int": int,
    "tensor": torch.tensor,
    "int32 tensor": lambda number: torch.tensor(number, dtype=torch.int32),
    "numpy.int64": numpy_integer("int64"),
    "numpy.int32": numpy_integer("int32"),
}


@settings(max_examples=33)  # as many as there are
@given(count=st.integers(1, 3), number=st.integers(-5, 5))
def test_indices_are_those_of_a_list(count: int, number: int) -> None:
    """An index means what it means in a list, or raises IndexError."""
    inside = -count <= number < count
    with new_folder() as folder:
        for name, dataset, want in every_kind(folder, count):
            for kind, make in INDEX_KINDS.items():
                index = make(number)
                call = f"dataset[{index!r}] of a {name} of length {count}"
                if inside:
                    assert_item(item_of(dataset, index, call), want[number], call)
                else:
                    refusal(lambda: dataset[index], call, IndexError)  # noqa: B023  called at once
                assert int(index) == number, f"{call} changed the {kind} itself: to {index!r}"
            items = list(islice(iter(dataset), count + 1))
            assert len(items) == count, (
                f"a for loop over a {name} of length {count} must end after its items: "
                f"the index {count} must raise IndexError"
            )


@settings(max_examples=12)
@given(count=st.integers(1, 4), order=st.lists(st.integers(0, 3), min_size=1, max_size=3))
def test_an_item_is_its_callers(count: int, order: list[int]) -> None:
    """The same item each time, whatever a caller does to one in place."""
    with new_folder() as folder:
        for name, dataset, want in every_kind(folder, count, str.split):
            assert_holds(dataset, want, f"made after others, {name}")
            for number in (number % count for number in order):
                first, second = dataset[number], dataset[number]
                if isinstance(first, dict):
                    first["Text"].append("changed")
                    first["Class"] = "changed"
                else:
                    first[0].fill_(-1)
                what = f"{name}[{number}], after another copy of it was changed in place,"
                assert_item(second, want[number], what)
                assert_holds(dataset, want, f"after an item was changed in place, {name}")
        first = {made.name: made for made in every_kind(folder / "one", count)}
        for name, dataset, want in every_kind(folder / "two", count + 1):
            assert_holds(first[name].dataset, first[name].want, f"beside another, the {name}")
            assert_holds(dataset, want, f"beside another, the {name}")


@settings(max_examples=8)
@given(count=st.integers(1, 4), transform=st.sampled_from([None, str.split]))
def test_datasets_can_be_pickled(count: int, transform: Callable[[str], object] | None) -> None:
    """A pickled dataset comes back with the same items."""
    with new_folder() as folder:
        for name, dataset, want in every_kind(folder, count, transform):
            dataset[0]  # what an item leaves behind must be fit to travel, too
            try:
                copied = pickle.loads(pickle.dumps(dataset))
            except Exception as error:
                raise AssertionError(
                    f"{name} cannot be pickled: {error}\n"
                    "Worker processes may get a dataset as a pickle: keep no open file, no "
                    "lambda and no function made inside another."
                ) from error
            assert_holds(copied, want, f"after pickling, {name}")


def fingerprint(item: Any) -> str:  # an item of any dataset
    """What tells an item from the others, free of rounding."""
    if isinstance(item, dict):
        return f"{item.get('Text')!r}, class {item.get('Class')!r}"
    values, label = item
    return f"{[round(255 * value) for value in values.flatten().tolist()]}, label {label}"


@settings(max_examples=2)
@given(count=st.integers(3, 4), batch_size=st.integers(1, 3))
def test_a_loader_gives_every_sample_once(count: int, batch_size: int) -> None:
    """A DataLoader gives each sample once an epoch, with workers, too."""
    # The worker processes must know the learner's module: only forked ones do.
    can_fork = "fork" in multiprocessing.get_all_start_methods()
    with new_folder() as folder:
        for name, dataset, want in every_kind(folder, count):
            for workers, shuffle in ((0, False), (0, True), (2, False), (2, True)):
                if workers and not can_fork:
                    continue
                loader = DataLoader(
                    dataset,
                    batch_size,
                    shuffle,
                    num_workers=workers,
                    collate_fn=list,
                    multiprocessing_context="fork" if workers else None,
                )
                what = f"a DataLoader of a {name} with {workers} workers, shuffle={shuffle},"
                got = [fingerprint(item) for batch in loader for item in batch]
                wanted = [fingerprint(item) for item in want]
                assert sorted(got) == sorted(wanted), (
                    f"{what} must give each item once; it gave\n{got}\nof\n{wanted}"
                )
