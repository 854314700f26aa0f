"""The text of a failed comparison: complete, bounded, and never spoilt by one NaN."""

from __future__ import annotations

import math
import pickle
from typing import Any

import pytest
import torch
from torch import Tensor

from pytest_torchkata import assert_close
from pytest_torchkata.comparison import _described

NAN, INF = math.nan, math.inf


def report(actual: Any, expected: Any, **options: Any) -> str:
    with pytest.raises(AssertionError) as caught:
        assert_close(actual, expected, **options)
    return str(caught.value)


def where(actual: Tensor, expected: Tensor) -> str:
    lines = report(actual, expected).splitlines()
    (line,) = [line for line in lines if line.strip().startswith("where ")]
    return line.strip().removeprefix("where").strip()


def test_the_whole_report_of_one_tensor() -> None:
    expected = torch.tensor([[1.0, 2.0, 4.0], [0.5, 8.0, 0.25]])
    actual = expected.clone()
    actual[0, 1] = 2.5
    actual[1, 1] = 8.001

    assert (
        report(actual, expected)
        == """\
Tensor-likes are not close!

Mismatched elements: 2 / 6 (33.3%)
Greatest absolute difference: 0.5 at index (0, 1) (up to 1e-05 allowed)
Greatest relative difference: 0.25 at index (0, 1) (up to 1.3e-06 allowed)

What differs (float32, shape (2, 3)):
  where       all of column 1
  errors      up to 0.5, 0.2505 on average; at worst 39,700 × allowed
  allowed     |difference| <= 1e-05 + 1.3e-06 × |expected|  (float32 default)

  index   actual  expected  difference  × allowed
  (0, 1)     2.5         2        +0.5     39,700
  (1, 1)   8.001         8      +0.001         49"""
    )


def test_the_whole_report_of_a_structure() -> None:
    expected = {"a": torch.zeros(3), "b": [torch.ones(2), 7], "c": torch.ones(2)}
    actual = {"a": torch.zeros(3), "b": [torch.tensor([1.0, 2.0]), 8], "c": torch.ones(3)}

    assert (
        report(actual, expected)
        == """\
Tensor-likes are not close!

Mismatched elements: 1 / 2 (50.0%)
Greatest absolute difference: 1.0 at index (1,) (up to 1e-05 allowed)
Greatest relative difference: 1.0 at index (1,) (up to 1.3e-06 allowed)

The failure occurred for item ['b'][0]

3 of the 4 values compared differ, worst first:

  ['c']: shape (3,), expected (2,)
  ['b'][1]: 8, expected 7

  ['b'][0]: 1 of 2 elements differs, by up to 88,500 × allowed
    where       index 1 alone
    errors      1; at worst 88,500 × allowed
    allowed     |difference| <= 1e-05 + 1.3e-06 × |expected|  (float32 default)

    index  actual  expected  difference  × allowed
    1           2         1          +1     88,500"""
    )


def test_nan_and_inf_are_counted_apart_from_finite_errors() -> None:
    expected = torch.zeros(4, 5)
    actual = expected.clone()
    actual[0, 1] = actual[3, 2] = NAN
    actual[1, 0] = INF
    actual[2, 2] = -INF
    actual[2, 4] = 0.5
    expected[3, 2] = NAN

    text = report(actual, expected)

    assert "  errors      0.5; at worst 50,000 × allowed (the finite ones)" in text
    assert "  not finite  actual has 2 NaN (first at (0, 1)), 1 +inf (first at (1, 0)), " in text
    assert "              expected has 1 NaN (first at (3, 2))" in text
    assert "1 NaN in both at the same place: equal_nan=True accepts those" in text
    table = text[text.index("  index ") :].splitlines()
    assert table[1].split()[:4] == ["(2,", "4)", "0.5", "0"]
    assert len(table) == 6


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_how_many_times_too_far_half_precision_is_off_does_not_overflow(dtype: torch.dtype) -> None:
    expected = torch.tensor([0.0, 0.0, 0.0, 0.0], dtype=dtype)
    actual = torch.tensor([4.0, 256.0, 8.0, 0.0], dtype=dtype)

    lines = report(actual, expected, atol=2**-16, rtol=0).splitlines()

    assert [line.split() for line in lines[-3:]] == [
        ["1", "256", "0", "+256", "1.68e+07"],
        ["2", "8", "0", "+8", "524,000"],
        ["0", "4", "0", "+4", "262,000"],
    ]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_errors_of_half_precision_are_not_rounded_to_it(dtype: torch.dtype) -> None:
    actual = torch.tensor([-0.470703, 0.271484, 0.0], dtype=dtype)
    expected = torch.tensor([-0.000984192, 0.00418091, 0.0], dtype=dtype)
    errors = (actual.double() - expected.double()).abs()

    text = report(actual, expected, rtol=0, atol=0.001)

    assert f"up to {errors.max():.4g}, {errors[:2].mean():.4g} on average" in text
    assert f"at worst {errors.max() / 0.001:.3g} × allowed" in text


def test_how_many_times_too_far_a_tiny_tolerance_is_missed_does_not_overflow() -> None:
    actual, expected = torch.tensor([1e3, 1.0, NAN]), torch.tensor([0.0, 0.0, 1.0])

    lines = report(actual, expected, atol=1e-40, rtol=0).splitlines()

    assert [line.split()[-1] for line in lines[-3:]] == ["1e+43", "1e+40", "nan"]


def test_a_difference_that_overflows_is_no_value_that_is_not_finite() -> None:
    text = report(torch.tensor([3e38, 1.0]), torch.tensor([-3e38, 1.0]))

    assert "  not finite  a difference: it overflows float32, though both are finite" in text
    assert "has none" not in text


def test_all_values_that_are_not_finite_are_counted() -> None:
    actual = {"a": torch.full((30, 30), NAN), "b": torch.ones(2)}
    expected = {"a": torch.zeros(30, 30), "b": torch.ones(2)}

    assert "['a']: 900 of 900 elements differ, 900 by NaN or inf" in report(actual, expected)


def test_equal_nan_is_not_counted_against_anyone() -> None:
    text = report(torch.tensor([NAN, 1.0]), torch.tensor([NAN, 2.0]), equal_nan=True)

    assert "Mismatched elements: 1 / 2" in text
    assert "not finite" not in text


@pytest.mark.parametrize(
    ("places", "shape", "text"),
    [
        pytest.param((slice(None),), (4, 5), "everywhere", id="everywhere"),
        pytest.param((2, 3), (4, 5), "index (2, 3) alone", id="one"),
        pytest.param((2,), (6,), "index 2 alone", id="one of a vector"),
        pytest.param((1,), (4, 5), "all of row 1", id="row"),
        pytest.param((slice(None), 3), (4, 5), "all of column 3", id="column"),
        pytest.param((slice(1, 3),), (4, 5), "all of rows 1 and 2", id="rows"),
        pytest.param((slice(2, None),), (4, 5), "the last 2 rows", id="last rows"),
        pytest.param((slice(0, 2),), (4, 5), "the first 2 rows", id="first rows"),
        pytest.param((slice(1, None, 2),), (6, 5), "every 2nd row, from 1 on", id="every 2nd"),
        pytest.param((slice(0, None, 3),), (9,), "every 3rd index, from 0 on", id="every 3rd"),
        pytest.param((slice(4, None),), (9,), "the last 5 elements", id="tail"),
        pytest.param(([0, 1, 4],), (6, 5), "all of rows 0, 1 and 4", id="some rows"),
        pytest.param((slice(1, 3), slice(2, 4)), (4, 5), "the block [1:3, 2:4]", id="block"),
        pytest.param((1, slice(2, 4)), (4, 5), "the block [1, 2:4]", id="part of a row"),
        pytest.param(
            (slice(None), 1), (3, 4, 5), "all of index 1 of dimension 1", id="middle dimension"
        ),
        pytest.param(([0, 1, 2], [0, 1, 2]), (3, 3), "the main diagonal", id="diagonal"),
        pytest.param(([0, 2, 5, 7], [3, 1, 6, 0]), (9, 8), "scattered", id="scattered"),
        pytest.param(([0, 12],), (13, 5), "all of rows 0 and 12", id="two rows"),
        pytest.param(
            ([[2]], [[1, 4, 5, 9]]), (8, 10), "row 2, in columns 1, 4, 5 and 9", id="in a row"
        ),
        pytest.param(
            ([[0], [3], [6]], [[2, 4]]),
            (8, 10),
            "every 3rd row, from 0 on, in columns 2 and 4",
            id="in rows",
        ),
        pytest.param(
            (slice(None), [[1]], [[0, 3]]),
            (3, 4, 5),
            "index 1 of dimension 1, in indices 0 and 3 of dimension 2",
            id="in a dimension",
        ),
        pytest.param(
            ([*range(0, 40, 2), 1],),
            (99, 2),
            "all of rows 0, 1, 2, 4, 6, 8, 10, 12, … (21 of 99)",
            id="many rows",
        ),
    ],
)
def test_where_the_mismatches_lie(
    places: tuple[Any, ...], shape: tuple[int, ...], text: str
) -> None:
    expected = torch.randn(shape, generator=torch.Generator().manual_seed(3))
    actual = expected.clone()
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(4)) + 7
    actual[places] += noise[places]

    assert where(actual, expected) == text


@pytest.mark.parametrize(
    ("places", "shape", "text"),
    [
        pytest.param((2, 3), (4, 5), "everywhere but index (2, 3)", id="one"),
        pytest.param((7,), (9,), "everywhere but index 7", id="one of a vector"),
        pytest.param((1,), (4, 5), "everywhere but row 1", id="row"),
        pytest.param(([0, 1, 2], [0, 1, 2]), (3, 3), "everywhere but the main diagonal", id="line"),
        pytest.param(
            ([0, 5, 8, 9], [3, 1, 6, 0]),
            (10, 8),
            "nearly everywhere (76 of 80 elements)",
            id="scattered",
        ),
    ],
)
def test_where_no_mismatches_lie(places: Any, shape: tuple[int, ...], text: str) -> None:
    expected = torch.zeros(shape)
    actual = torch.ones(shape)
    actual[places] = 0

    assert where(actual, expected) == text


@pytest.mark.parametrize(
    ("mask", "text"),
    [
        (torch.ones(6, 6).triu(1), "all 15 elements above the main diagonal"),
        (torch.ones(6, 6).triu(), "all 21 elements on and above the main diagonal"),
        (torch.ones(6, 6).tril(-1), "all 15 elements below the main diagonal"),
        (torch.ones(6, 6).tril(), "all 21 elements on and below the main diagonal"),
    ],
)
def test_mismatches_in_a_triangle(mask: Tensor, text: str) -> None:
    expected = torch.randn(6, 6, generator=torch.Generator().manual_seed(3))

    assert where(expected + mask * torch.rand(6, 6).add(1), expected) == text


def test_where_mismatches_lie_in_a_tensor_of_many_pieces() -> None:
    expected = torch.zeros(50, 4000)
    actual = expected.clone()
    actual[7:27] += torch.rand(20, 4000) + 1

    assert where(actual, expected) == "all of rows 7 to 26"


@pytest.mark.parametrize(
    ("places", "text"),
    [
        pytest.param((40,), "all of row 40", id="few in a later piece"),
        pytest.param((slice(20, 30),), "all of rows 20 to 29", id="many in later pieces"),
        pytest.param((slice(None), 7), "all of column 7", id="few in each piece"),
        pytest.param((slice(30, None),), "the last 20 rows", id="too many to list"),
        pytest.param((slice(None, 45),), "the first 45 rows", id="nearly all"),
    ],
)
def test_where_mismatches_lie_beyond_the_first_piece(places: tuple[Any, ...], text: str) -> None:
    expected = torch.zeros(50, 4000)
    actual = expected.clone()
    actual[places] = 1

    assert where(actual, expected) == text


def test_a_run_of_mismatches_that_ends_within_a_row_is_no_block() -> None:
    expected = torch.zeros(100, 4000)
    actual = expected.clone()
    actual.view(-1)[1000:121_000] = 1

    assert where(actual, expected) == (
        "within the first 31 rows (120,000 of the 124,000 elements there)"
    )


def test_numbers_that_look_alike_get_more_digits() -> None:
    text = report(torch.tensor([1.0000001, 2.0]), torch.tensor([1.0, 2.0]), rtol=0, atol=0)

    assert "1.00000012" in text
    assert "nothing: the values must be equal (given)" in text


def test_the_origin_of_each_tolerance_is_said() -> None:
    x, y = torch.ones(2), torch.zeros(2)

    assert "<= 1e-05 + 1.3e-06 × |expected|  (float32 default)" in report(x, y)
    assert "<= 0.1 + 0.2 × |expected|  (given)" in report(x, y, atol=0.1, rtol=0.2)
    words = " ".join(report(x, y, atol=0.1).split())
    assert "<= 0.1 + 1.3e-06 × |expected| (atol given, rtol float32 default)" in words
    words = " ".join(report(x, y.half(), check_dtype=False).split())
    assert "(float16 and float32 default)" in words


@pytest.mark.parametrize("shape", [(100_003,), (9, 11_113)])
def test_the_worst_of_many_elements_are_shown_first(shape: tuple[int, ...]) -> None:
    count = math.prod(shape)
    errors = torch.arange(1.0, count + 1)[torch.randperm(count)]
    # At the edges of what is looked at together; those before them are forgotten for them.
    edges = [64, 22_225, 22_226, 32_639, 32_703, 32_704, 99_999, count - 1]
    errors[[*range(8), *edges]] = 1e6 + torch.arange(16)

    text = report(errors.view(shape), torch.zeros(1).expand(shape))  # whose rows stay apart

    rows = [line.split("  ")[1] for line in text.splitlines()[-9:-1]]
    expected = [divmod(place, shape[-1]) if len(shape) > 1 else place for place in edges]
    assert rows == [str(place) for place in reversed(expected)]


def test_integers_are_shown_exactly() -> None:
    text = report(torch.tensor([2**62, 1]), torch.tensor([-(2**62) - 5, 1]))

    assert "4611686018427387904  -4611686018427387909  +9223372036854775813" in text


def test_long_strings_are_shown_where_they_differ() -> None:
    same = "x" * 300

    text = report({"a": f"{same}c", "b": 1}, {"a": f"{same}d{same}", "b": 1})

    tail = "…'" + "x" * 24
    assert text.startswith(f"Strings mismatch from character 300 on: {tail}c' is not {tail}d")
    assert len(text.splitlines()[0]) < 160
    assert report("short", "shirt") == "Strings mismatch: 'short' is not 'shirt'"


def test_the_values_that_a_sparse_tensor_stores_are_named_as_such() -> None:
    dense = torch.tensor([[0.0, 1.0, 0.0], [2.5, 0.0, -3.0], [0.0, 0.7, 0.0]])

    text = report((4 * dense).to_sparse().coalesce(), dense.to_sparse().coalesce())

    assert "  values      the stored ones of a sparse COO tensor of shape (3, 3)\n" in text
    assert "  diagnosis   actual = 4 × expected, everywhere\n" in text  # 4 is the size of nothing


def test_of_two_dtypes_the_values_are_told_too() -> None:
    x = torch.tensor([1.0, 2.0, 3.0])

    assert "apart from that, the values are close" in report(x.double(), x)
    assert "apart from that, the values are equal" in report(x.int(), x.long())
    assert "apart from that, 3 of 3 elements differ" in report(2 * x.double(), x)


def test_complex_numbers_are_shown() -> None:
    text = report(torch.tensor([1 + 2j, 0j]), torch.tensor([1 - 2j, 0j]))

    assert "0        1+2j      1-2j        0+4j" in text


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        pytest.param(torch.randn(100, 100), torch.randn(100, 100), id="matrix"),
        pytest.param(
            {f"layer{i}.weight": torch.randn(3) for i in range(2000)},
            {f"layer{i}.weight": torch.randn(3) for i in range(2000)},
            id="state dict",
        ),
        pytest.param(
            {f"layer{i}": torch.zeros(1) for i in range(2000)}, {"a": torch.zeros(1)}, id="keys"
        ),
        pytest.param(list(range(500)), list(range(1, 501)), id="numbers"),
        pytest.param("a" * 10_000, "b" * 10_000, id="strings"),
        pytest.param(
            torch.full((40, 40), NAN), torch.randn(40, 40).softmax(0), id="nan everywhere"
        ),
        pytest.param(
            [torch.full((10, 10), NAN) for _ in range(90)],
            [torch.randn(10, 10) for _ in range(90)],
            id="many nan",
        ),
    ],
)
def test_the_report_is_bounded(actual: Any, expected: Any) -> None:
    lines = report(actual, expected).splitlines()

    assert len(lines) <= 60
    assert max(map(len, lines)) <= 1000
    assert max(map(len, lines[6:]), default=0) <= 100


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda x: 40 * x, id="factor"),
        pytest.param(lambda x: x.mean(0, keepdim=True).expand_as(x), id="mean"),
        pytest.param(lambda x: torch.where(x > 1, x * NAN, -x), id="nan"),
        pytest.param(lambda x: x.softmax(0).log(), id="unrelated"),
    ],
)
def test_what_is_added_fits_eighty_columns(change: Any) -> None:
    x = torch.randn(40, 30, generator=torch.Generator().manual_seed(1))

    text = report(change(x), x)

    added = text[text.index("What differs") :].splitlines()
    assert max(map(len, added)) <= 80


def test_the_report_says_how_much_it_left_out() -> None:
    expected = {f"w{i}": torch.zeros(20) for i in range(40)}
    actual = {name: value + i + 1 for i, (name, value) in enumerate(expected.items())}
    actual["w39"][3] = 1000

    text = report(actual, expected)

    assert "All 40 values compared differ, worst first:" in text
    assert "  … and 17 more" in text
    assert "  … and 31 more (-v shows more)" in text
    assert text.index("['w39']: 20 of 20 elements differ") < text.index("['w38']: 20 of 20")


def test_what_all_failures_have_in_common_is_said_once() -> None:
    weights = {f"w{i}": torch.randn(3 + i % 5, 4) for i in range(40)}

    twice = report({name: 2 * x for name, x in weights.items()}, weights)
    most = {name: 2 * x for name, x in weights.items()} | {"w7": 3 * weights["w7"]}

    head = "All 40 values compared differ, worst first:\n\n  all of them: "
    assert f"{head}actual = 2 × expected, everywhere\n\n" in twice
    assert "all of them" not in report(most, weights)
    assert "all of them" not in report(
        [2 * x for x in weights.values()][:3], list(weights.values())[:3]
    )


@pytest.mark.parametrize(
    ("shape", "other", "line"),
    [
        pytest.param(
            (20_000_000,), "x + 1", "Mismatched elements: 20000000 / 20000000", id="offset"
        ),
        pytest.param((4000, 5000), "torch.randn(4000, 5000)", " / 20000000 (", id="unrelated"),
    ],
)
def test_a_large_failure_is_gathered_in_little_memory(
    shape: tuple[int, ...], other: str, line: str
) -> None:
    script = f"""
import resource, torch
from pytest_torchkata import assert_close
x = torch.randn{shape}
y = {other}
y.view(-1)[5] = float("nan")
try:
    assert_close(*(z.view(-1)[:100_000].view(-1, *{shape[1:]}) for z in (x, y)))
except AssertionError:
    pass
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    assert_close(x, y)
except AssertionError as error:
    text = str(error)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert "{line}" in text
assert (after - before) < 4_000, after - before
assert_close(x, x.clone())  # the copy counts
"""
    import subprocess
    import sys

    subprocess.run([sys.executable, "-c", script], check=True, timeout=300)


def test_a_report_is_about_the_values_that_failed() -> None:
    x, y = torch.zeros(3), torch.ones(3)
    with pytest.raises(AssertionError) as caught:
        assert_close(x, y)

    x.fill_(9)
    y.fill_(9)

    assert "actual is 0 everywhere" in str(caught.value)


def test_a_report_of_shapes_is_about_the_values_that_failed_too() -> None:
    x, y = torch.randn(3, 4), torch.randn(4, 3)
    y.copy_(x.T)
    with pytest.raises(AssertionError) as caught:
        assert_close([x], [y])

    y.fill_(9)

    assert "expected.T fits" in str(caught.value)


def test_several_values_are_kept_as_they_failed() -> None:
    x, y = torch.zeros(3), torch.ones(3)
    with pytest.raises(AssertionError) as caught:
        assert_close({"a": x, "b": [x]}, {"a": y, "b": [2 * y]})

    x.fill_(9)
    y.fill_(9)

    assert str(caught.value).count("actual is 0 everywhere") == 2


def test_a_failure_survives_pickling() -> None:
    with pytest.raises(AssertionError) as caught:
        assert_close(torch.zeros(3), torch.tensor([1.0, 2.0, 3.0]))

    again = pickle.loads(pickle.dumps(caught.value))

    assert type(again) is type(caught.value) is AssertionError
    assert str(again) == str(caught.value)
    assert "actual is 0 everywhere" in str(again)


def test_a_fault_of_the_report_does_not_hide_the_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> str:
        raise KeyError("oops")

    monkeypatch.setattr(_described, "where", broken)

    text = report(torch.zeros(3), torch.ones(3))

    assert text.startswith("Tensor-likes are not close!\n\nMismatched elements: 3 / 3 (100.0%)")
    assert text.endswith("(The rest of this report could not be made: KeyError: 'oops')")


def test_more_is_shown_to_who_asks_for_more() -> None:
    from pytest_torchkata._comparisons import VERBOSITY

    x, y = torch.randn(100), torch.randn(100)
    lengths = []
    for verbosity in (0, 1, 2):
        token = VERBOSITY.set(verbosity)
        lengths.append(len(report(x, y).splitlines()))
        VERBOSITY.reset(token)

    assert lengths[0] < lengths[1] < lengths[2]
