"""The diagnosis of a failed comparison: given when the data prove it, and never else."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor

from pytest_torchkata import assert_close

NAN = math.nan


def text_of(actual: object, expected: object, **options: float) -> str:
    with pytest.raises(AssertionError) as caught:
        assert_close(actual, expected, **options)  # type: ignore[arg-type]  # tolerances alone
    return str(caught.value)


def diagnosis(actual: object, expected: object, **options: float) -> str:
    """What the report says of the cause, its lines joined; empty if it says nothing."""
    lines = text_of(actual, expected, **options).splitlines()
    for number, line in enumerate(lines):
        if line.strip().startswith("diagnosis "):
            rest = []
            for following in lines[number + 1 :]:
                if not following.startswith(" " * 14):
                    break
                rest.append(following.strip())
            return " ".join([line.strip().removeprefix("diagnosis").strip(), *rest])
    return ""


def randn(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(7), dtype=dtype)


Change = Callable[[Tensor], Tensor]


WIDENED = [
    *(torch.complex32, torch.float8_e4m3fn, torch.float8_e5m2),
    *(torch.uint16, torch.uint32, torch.uint64),
]
DTYPES = [
    *(torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.complex64),
    *(torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8),
    *WIDENED,
]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize(("rows", "columns"), [(2, 6), (30, 40), (4, 20_000)])
def test_every_dtype_is_diagnosed(dtype: torch.dtype, rows: int, columns: int) -> None:
    expected = torch.arange(1, rows * columns + 1).remainder(53).add(1).view(rows, columns)

    text = diagnosis(expected.flip(0).to(dtype), expected.to(dtype))

    widened = dtype in WIDENED
    fits = "actual is expected flipped along dimension 0: expected.flip(0) fits"
    assert text == ("" if widened and expected.numel() > 65_536 else fits)


@pytest.mark.parametrize(
    ("base", "text"), [(2**63, ""), (2**61, "actual is 4.61169e+18 everywhere")]
)
def test_unsigned_integers_that_fit_into_no_signed_ones_are_not_diagnosed(
    base: int, text: str
) -> None:
    expected = torch.tensor([base + 2**60 * k for k in range(6)], dtype=torch.uint64)
    actual = torch.tensor([base + 2**61] * 6, dtype=torch.uint64)

    assert diagnosis(actual, expected) == text


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_every_dtype_is_reported_whole(dtype: torch.dtype) -> None:
    one = torch.arange(600).remainder(53).view(20, 30)
    for other in (one + 1, one.roll(3), 2 * one, one.clamp(max=40), one * 0, one.flip(0).clone()):
        for actual, expected in ((one, other), (other, one)):
            text = text_of(actual.to(dtype), expected.to(dtype))

            assert "What differs" in text
            assert "could not be made" not in text


def written_row(x: Tensor) -> Tensor:
    y = x.clone()
    y[1] = 0
    return y


@pytest.mark.parametrize(
    ("change", "shape", "text"),
    [
        pytest.param(lambda x: 2 * x, (3, 5), "actual = 2 × expected, everywhere", id="2"),
        pytest.param(lambda x: x / 2, (3, 5), "actual = 0.5 × expected, everywhere", id="1/2"),
        pytest.param(lambda x: 1.5 * x, (7,), "actual = 1.5 × expected, everywhere", id="1.5"),
        pytest.param(
            lambda x: 6 * x,
            (6, 5),
            "actual = 6 × expected, everywhere (6 is the size of dimension 0: "
            "a sum in the place of a mean does that)",
            id="batch size",
        ),
        pytest.param(
            lambda x: x / 5,
            (6, 5),
            "actual = 0.2 × expected, everywhere (1 / 5, the size of dimension 1: "
            "a mean in the place of a sum does that)",
            id="inverse of a size",
        ),
        pytest.param(
            lambda x: x * 30,
            (6, 5),
            "actual = 30 × expected, everywhere (30 is the number of elements: "
            "a sum in the place of a mean does that)",
            id="number of elements",
        ),
        pytest.param(
            lambda x: x / math.sqrt(7),
            (3, 7),
            "actual = 0.377964 × expected, everywhere "
            "(1 / the square root of 7, the size of dimension 1)",
            id="inverse root",
        ),
        pytest.param(
            lambda x: x * math.sqrt(7), (3, 7), "(the square root of 7, the size", id="root"
        ),
        pytest.param(
            lambda x: x * 11 / 10,
            (11, 3),
            "(11 / 10: divided by n - 1 or by n, where n is the",
            id="n - 1",
        ),
        pytest.param(
            lambda x: x / math.log(2), (3, 5), "(1 / ln 2: another base of the log", id="log2"
        ),
        pytest.param(
            lambda x: x * 180 / math.pi, (3, 5), "(180 / π: degrees and radians)", id="degrees"
        ),
        pytest.param(
            lambda x: -x, (3, 5), "actual = -expected, everywhere: the sign is wrong", id="sign"
        ),
        pytest.param(
            lambda x: x + 0.25, (3, 5), "actual = expected + 0.25, everywhere", id="offset"
        ),
        pytest.param(
            lambda x: x - 3, (3, 5), "actual = expected - 3, everywhere", id="negative offset"
        ),
        pytest.param(
            lambda x: x.mT, (5, 5), "actual is expected transposed: expected.T fits", id="T"
        ),
        pytest.param(
            lambda x: x.transpose(0, 2),
            (3, 4, 3),
            "actual is expected with dimensions 0 and 2 exchanged: expected.transpose(0, 2) fits",
            id="transpose",
        ),
        pytest.param(
            lambda x: x.permute(1, 2, 0),
            (3, 3, 3),
            "actual is expected with its dimensions permuted: expected.permute(1, 2, 0) fits",
            id="permute",
        ),
        pytest.param(
            lambda x: x.flip(0), (6,), "actual is expected in reverse: expected.flip(0)", id="rev"
        ),
        pytest.param(
            lambda x: x.flip(1),
            (3, 5),
            "actual is expected flipped along dimension 1: expected.flip(1) fits",
            id="flip",
        ),
        pytest.param(
            lambda x: x.flip((0, 1)),
            (3, 5),
            "flipped along dimensions 0 and 1: expected.flip((0, 1)) fits",
            id="flip both",
        ),
        pytest.param(
            lambda x: x.roll(2, 1),
            (3, 6),
            "actual is expected rolled by +2 along dimension 1: expected.roll(2, 1) fits",
            id="roll",
        ),
        pytest.param(
            lambda x: x.roll(-1, 0), (9,), "rolled by -1: expected.roll(-1) fits", id="roll back"
        ),
        pytest.param(
            lambda x: torch.cat([x[1:], x[:1] * 0 + 9]),
            (9, 2),
            "off by one index along dimension 0: actual[i] = expected[i + 1]",
            id="shift",
        ),
        pytest.param(
            lambda x: torch.cat([x[:, :1] * 0 + 9, x[:, :-1]], 1),
            (4, 9),
            "off by one index along dimension 1: actual[:, i] = expected[:, i - 1]",
            id="shift back",
        ),
        pytest.param(lambda x: x * 0, (3, 5), "actual is 0 everywhere", id="zeros"),
        pytest.param(
            lambda x: x * NAN,
            (3, 5),
            "actual is NaN everywhere: never written, or one NaN spread to all",
            id="nan",
        ),
        pytest.param(
            written_row,
            (3, 5),
            "actual is 0 at every mismatch and right elsewhere: masked, or never written",
            id="row not written",
        ),
        pytest.param(
            lambda x: x.index_fill(1, torch.tensor([2]), NAN),
            (300, 5),
            "actual is NaN at every mismatch and right elsewhere",
            id="column of nan",
        ),
        pytest.param(lambda x: x * 0 + 3, (3, 5), "actual is 3 everywhere", id="constant"),
        pytest.param(
            torch.relu, (6, 5), "actual is 0 wherever expected is negative: clamped at 0", id="relu"
        ),
        pytest.param(
            lambda x: x.clamp(max=0.5),
            (6, 5),
            "actual is 0.5 wherever expected is above 0.5: clamped at 0.5",
            id="clamp from above",
        ),
        pytest.param(
            lambda x: x.clamp(min=-0.25),
            (6, 5),
            "actual is -0.25 wherever expected is below -0.25: clamped at -0.25",
            id="clamp from below",
        ),
        pytest.param(
            lambda x: x * 9 / 8,
            (3, 5),
            "actual = 1.125 × expected, everywhere",
            id="a short number is itself",
        ),
        pytest.param(
            lambda x: x * math.sqrt(8 / 7),
            (3, 5),
            "(the square root of 8 / 7: divided by n - 1 or by n, with n = 8)",
            id="n - 1 of a reduced dimension",
        ),
        pytest.param(
            lambda x: x.half().float(),
            (6, 5),
            "actual is expected cast to float16 and back",
            id="half",
        ),
        pytest.param(
            lambda x: x.bfloat16().float(),
            (6, 5),
            "actual is expected cast to bfloat16 and back",
            id="bfloat16",
        ),
        pytest.param(
            torch.trunc, (6, 5), "actual is expected truncated to integers", id="truncated"
        ),
        pytest.param(
            lambda x: x.mean(0, keepdim=True).expand_as(x),
            (6, 5),
            "actual does not vary along dimension 0, as expected does: "
            "it repeats the mean of expected",
            id="mean",
        ),
        pytest.param(
            lambda x: x[:, :1].expand_as(x),
            (6, 5),
            "actual does not vary along dimension 1, as expected does: "
            "it repeats expected at index 0",
            id="broadcast",
        ),
    ],
)
def test_a_cause_that_the_data_prove_is_named(
    change: Change, shape: tuple[int, ...], text: str
) -> None:
    expected = randn(*shape)

    assert text in diagnosis(change(expected), expected)


@pytest.mark.parametrize(
    ("actual", "expected", "text"),
    [
        pytest.param(
            randn(5, 6).softmax(0),
            randn(5, 6).softmax(1),
            "actual sums to 1 over dimension 0, expected over dimension 1: normalised over another",
            id="softmax",
        ),
        pytest.param(
            randn(30).softmax(0).view(5, 6),
            randn(5, 6).softmax(1),
            "actual sums to 1 over the whole tensor, expected over dimension 1",
            id="softmax over all",
        ),
        pytest.param(
            randn(5, 6).log_softmax(0),
            randn(5, 6).log_softmax(1),
            "actual has exponentials that sum to 1 over dimension 0, expected over dimension 1",
            id="log-softmax",
        ),
        pytest.param(
            torch.nn.functional.normalize(randn(5, 6), dim=0),
            torch.nn.functional.normalize(randn(5, 6), dim=1),
            "actual has squares that sum to 1 over dimension 0, expected over dimension 1",
            id="normalize",
        ),
        pytest.param(
            torch.nn.functional.normalize(randn(5, 6), p=1, dim=0),
            torch.nn.functional.normalize(randn(5, 6), p=1, dim=1),
            "actual has absolute values that sum to 1 over dimension 0, expected over dimension 1",
            id="normalize by absolute values",
        ),
        pytest.param(
            torch.nn.functional.batch_norm(randn(8, 6), None, None, training=True),
            torch.nn.functional.layer_norm(randn(8, 6), (6,)),
            "actual has mean 0 and variance 1 over dimension 0, expected over dimension 1",
            id="batch norm",
        ),
        pytest.param(
            torch.arange(10) + 1,
            torch.arange(10),
            "actual = expected + 1, everywhere: off by one",
            id="off by one",
        ),
        pytest.param(
            torch.tensor([300, 5, 70000, -1, 12]).to(torch.uint8).long(),
            torch.tensor([300, 5, 70000, -1, 12]),
            "actual is expected cast to uint8 and back",
            id="integer overflow",
        ),
        pytest.param(
            ~(randn(9) > 0), randn(9) > 0, "actual is the logical not of expected", id="not"
        ),
        pytest.param(
            randn(4, 3).T,
            randn(4, 3),
            "actual is expected with its dimensions permuted: expected.T fits",
            id="transposed shape",
        ),
        pytest.param(
            randn(4, 3).reshape(3, 4),
            randn(4, 3),
            "actual.reshape(4, 3) fits: the elements are the same, in the same order",
            id="reshaped",
        ),
        pytest.param(
            randn(4, 1),
            randn(4),
            "actual has more dimensions of size 1, and else the same shape; the values are close",
            id="keepdim",
        ),
        pytest.param(
            randn(4)[:, None] - torch.tensor([0.1, 0.2, 0.3, 0.4]),
            randn(4) - torch.tensor([0.1, 0.2, 0.3, 0.4]),
            "the diagonal of actual is expected: shapes (4,) and (4, 1) were broadcast together, "
            "where elements should have met one to one",
            id="broadcast to a matrix",
        ),
        pytest.param(
            randn(3).double(), randn(3), "apart from that, the values are close", id="dtype"
        ),
    ],
)
def test_a_cause_beyond_one_change_is_named(actual: Tensor, expected: Tensor, text: str) -> None:
    assert text in diagnosis(actual, expected)


@pytest.mark.parametrize("shape", [(1000, 600), (3, 200_000), (200_000, 3), (2, 300, 700)])
def test_an_axis_is_named_in_large_tensors(shape: tuple[int, ...]) -> None:
    x = randn(*shape)
    first, last = x.softmax(0), x.softmax(-1)

    assert diagnosis(first, last) == (
        "actual sums to 1 over dimension 0, "
        f"expected over dimension {len(shape) - 1}: normalised over another"
    )
    first.view(-1)[-1] += 1
    assert diagnosis(first, last) == ""
    standard = [(x - x.mean(dim, keepdim=True)) / x.std(dim, keepdim=True) for dim in (0, -1)]
    if min(shape) > 2:
        assert "actual has mean 0 and variance 1 over dimension 0" in diagnosis(*standard)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_causes_are_named_in_every_precision(dtype: torch.dtype) -> None:
    x = randn(6, 5, dtype=dtype)

    assert "actual = 3 × expected" in diagnosis(3 * x, x)
    assert "the sign is wrong" in diagnosis(-x, x)
    assert "flipped" in diagnosis(x.flip(0), x)


def test_a_complex_factor_is_named() -> None:
    x = torch.complex(randn(12), randn(12).flip(0))

    assert "actual = (0+1j) × expected, everywhere" in diagnosis(1j * x, x)


def test_complex_causes_are_named() -> None:
    x = torch.complex(randn(12), randn(12).flip(0))

    assert diagnosis(-x, x) == "actual = -expected, everywhere: the sign is wrong"
    assert diagnosis(2 * x, x) == "actual = 2 × expected, everywhere"
    assert diagnosis(x + 1, x) == "actual = expected + 1, everywhere"
    assert diagnosis(x.conj(), x) == (
        "actual is the complex conjugate of expected: expected.conj() fits"
    )
    assert diagnosis(x.conj()[:1], x[:1]) == ""
    real = torch.complex(randn(12), torch.zeros(12))
    assert "conj" not in diagnosis(real + 1, real)
    imaginary = torch.complex(torch.zeros(12), randn(12))
    assert diagnosis(imaginary.conj(), imaginary) == ""  # the sign, or conjugated?


def test_a_lost_sign_is_told_from_a_wrong_one() -> None:
    x = randn(4, 5)

    assert diagnosis(x.abs(), x) == "actual = |expected|: the sign is lost"
    assert "the sign is wrong" in diagnosis(x, x.abs())
    y = x.clone()
    y[1] = -y[1]
    assert diagnosis(y, x) == "actual = -expected, wherever they differ: the sign is wrong"


def test_an_offset_is_a_round_number_if_that_explains_it() -> None:
    x = randn(5, 7)

    assert "actual = expected - 0.001, everywhere" in diagnosis(x - 1e-3, x)
    assert "actual = expected + 0.5, everywhere" in diagnosis(x.half() + 0.5, x.half())
    assert "actual = expected + 0.12345, everywhere" in diagnosis(x + 0.12345, x)


@pytest.mark.parametrize("sign", ["+inf", "-inf"])
def test_infinities_everywhere_are_named(sign: str) -> None:
    x = randn(5, 7)

    assert diagnosis(torch.full((5, 7), float(sign)), x) == f"actual is {sign} everywhere"


def test_rounding_errors_hide_no_cause() -> None:
    x = randn(40, 30)
    noise = 1 + 1e-7 * randn(30, 40).T

    assert "actual = 30 × expected, everywhere (30 is the size" in diagnosis(30 * x * noise, x)


def test_a_cause_is_named_in_large_and_strided_tensors() -> None:
    x = randn(300, 400)

    assert "the sign is wrong" in diagnosis(-x.T, x.T)
    assert "rolled by +1 along dimension 1" in diagnosis(x.roll(1, 1), x)
    assert "flipped along dimension 0" in diagnosis(x.flip(0), x)
    assert "everywhere" in diagnosis(x + 1, x)


def test_a_cause_may_be_confined_to_the_mismatches() -> None:
    x = randn(6, 5)
    y = x.clone()
    y[2] *= 3

    assert diagnosis(y, x) == "actual = 3 × expected, wherever they differ"
    assert "where       all of row 2" in text_of(y, x)


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        pytest.param(torch.full((4, 4), 4.0), torch.full((4, 4), 2.0), id="constant tensors"),
        pytest.param(torch.tensor([2.0]), torch.tensor([1.0]), id="one element"),
        pytest.param(torch.tensor([2.0, 1.0]), torch.tensor([1.0, 2.0]), id="two elements"),
        pytest.param(torch.tensor([2.0, 4.0]), torch.tensor([1.0, 2.0]), id="two values"),
        pytest.param(torch.tensor([1, 0, 0, 0]), torch.tensor([0, 0, 0, 1]), id="one-hot"),
        pytest.param(
            torch.tensor([1.0, 0.0, -1.0]), torch.tensor([-1.0, 0.0, 1.0]), id="sign or reverse"
        ),
        pytest.param(
            torch.tensor([[0.0, -1, -2], [1, 0, -3], [2, 3, 0]]),
            torch.tensor([[0.0, 1, 2], [-1, 0, 3], [-2, -3, 0]]),
            id="antisymmetric",
        ),
        pytest.param(
            torch.tensor([[1.0, 2, 3], [3, 1, 2], [2, 3, 1]]),
            torch.tensor([[2.0, 3, 1], [1, 2, 3], [3, 1, 2]]),
            id="circulant",
        ),
        pytest.param(torch.eye(4) * 2, torch.eye(4), id="identity"),
        pytest.param(torch.tensor([True, False]), torch.tensor([False, True]), id="booleans"),
        pytest.param(torch.eye(3).flip(0), torch.eye(3), id="flipped identity"),
        pytest.param(
            torch.tensor([0, 0, 1, 2, 3, 3]), torch.tensor([0, 1, 2, 3, 3, 3]), id="less or shifted"
        ),
        pytest.param(
            torch.tensor([1.0, 2.0] * 4).roll(1), torch.tensor([1.0, 2.0] * 4), id="periodic"
        ),
        pytest.param(
            torch.tensor([44, 5, 7, 9]), torch.tensor([300, 5, 7, 9]), id="one wrapped integer"
        ),
    ],
)
def test_coincidences_are_no_causes(actual: Tensor, expected: Tensor) -> None:
    assert diagnosis(actual, expected) == ""


def test_zeros_in_the_place_of_some_negative_values_are_no_clamp() -> None:
    x = -torch.rand(20) - 1
    y = x.clone()
    y[:5] = 0

    assert diagnosis(y, x) == (
        "actual is 0 at every mismatch and right elsewhere: masked, or never written"
    )


def test_a_nan_that_the_cause_does_not_explain_takes_it_away() -> None:
    expected = randn(5, 5)
    expected[0, 0] = NAN
    actual = 2 * expected

    assert diagnosis(actual, expected) == "actual = 2 × expected, everywhere"
    actual[1, 1] = NAN
    assert diagnosis(actual, expected) == ""


def test_a_symmetric_matrix_is_never_called_transposed() -> None:
    x = randn(6, 6)
    symmetric = x + x.T
    y = symmetric.clone()
    y[1, 2] += 1

    assert diagnosis(y, symmetric) == ""
    assert "transposed" not in diagnosis(symmetric * 2, symmetric)


shapes = st.sampled_from([(3,), (8,), (40,), (3, 3), (2, 5), (4, 4), (3, 2, 4), (20, 20)])


@settings(max_examples=150, deadline=None)
@given(shape=shapes, seed=st.integers(0, 10**6), dtype=st.sampled_from([16, 32, 64]))
def test_unrelated_tensors_have_no_cause(shape: tuple[int, ...], seed: int, dtype: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    kind = {16: torch.float16, 32: torch.float32, 64: torch.float64}[dtype]
    actual = torch.randn(shape, generator=generator).to(kind)
    expected = torch.randn(shape, generator=generator).to(kind)

    assert diagnosis(actual, expected) == ""


@settings(max_examples=150, deadline=None)
@given(
    values=st.lists(st.integers(-3, 3), min_size=4, max_size=12),
    others=st.lists(st.integers(-3, 3), min_size=4, max_size=12),
)
def test_causes_of_small_integers_are_true(values: list[int], others: list[int]) -> None:
    size = min(len(values), len(others))
    actual, expected = torch.tensor(values[:size]), torch.tensor(others[:size])
    assume(not torch.equal(actual, expected))

    text = diagnosis(actual, expected)

    wrong = actual != expected
    if "everywhere: off by one" in text or "actual = expected" in text:
        assert len(set((actual - expected)[wrong].tolist())) == 1
    elif "×" in text or "-expected" in text:
        ratios = set((actual[wrong].double() / expected[wrong]).tolist())
        assert len({round(one, 5) for one in ratios if not math.isnan(one)}) == 1
    elif "reverse" in text:
        assert torch.equal(actual, expected.flip(0))
    elif "rolled" in text:
        by = int(text.split("rolled by ")[1].split()[0])
        assert torch.equal(actual, expected.roll(by))
    elif "off by" in text:
        assert any(
            torch.equal(actual[: size - k], expected[k:])
            or torch.equal(actual[k:], expected[: size - k])
            for k in range(1, size // 2 + 1)
        )
    elif "is 0 everywhere" in text:
        assert not actual.any()
    elif "at every mismatch" in text or "clamped" in text:
        assert len(set(actual[wrong].tolist())) == 1
    elif "everywhere" in text:
        assert len(set(actual.tolist())) == 1
    else:
        assert text == ""


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10**6), place=st.integers(0, 24), change=st.integers(0, 5))
def test_one_element_that_breaks_the_pattern_takes_the_cause_away(
    seed: int, place: int, change: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    expected = torch.randn((5, 5), generator=generator)
    changes: list[Change] = [
        lambda x: 2 * x,
        lambda x: -x,
        lambda x: x + 1,
        lambda x: x.T,
        lambda x: x.flip(1),
        lambda x: x.roll(1, 0),
    ]
    actual = changes[change](expected).contiguous().clone()
    actual.view(-1)[place] += 5
    assume(not torch.isclose(actual, expected).view(-1)[place])

    text = diagnosis(actual, expected)

    assert "everywhere" not in text
    assert "fits" not in text
    assert "rolled" not in text


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_a_wide_tolerance_proves_nothing(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    expected = torch.rand((4, 4), generator=generator)
    actual = torch.rand((4, 4), generator=generator)
    actual[0, 0] = expected[0, 0] + 3

    assert diagnosis(actual, expected, rtol=0, atol=2) == ""


def uniform(*shape: int) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(11))


def integers(high: int, *shape: int, dtype: torch.dtype = torch.int64) -> Tensor:
    return torch.randint(0, high, shape, generator=torch.Generator().manual_seed(5)).to(dtype)


def attended(x: Tensor) -> Tensor:
    return x.view(2, 10, 4, 16).transpose(1, 2)


NOISE = 4e-6 * (uniform(9, 7) - 0.5)


@pytest.mark.parametrize(
    ("actual", "expected", "text"),
    [
        pytest.param(
            torch.zeros(8, 9), uniform(8, 9), "actual is 0 everywhere", id="zeros below 1"
        ),
        pytest.param(torch.ones(40), uniform(40) / 2 + 0.5, "actual is 1 everywhere", id="ones"),
        pytest.param(
            63 * (randn(9, 7) + NOISE),
            randn(9, 7),
            "actual = 63 × expected, everywhere (63 is the number of elements",
            id="factor of what is noisy",
        ),
        pytest.param(
            (integers(256, 3, 16, dtype=torch.uint8) + 100).int(),
            integers(256, 3, 16).int() + 100,
            "actual is expected cast to uint8 and back",
            id="wrapped once",
        ),
        pytest.param(
            integers(41, 300, dtype=torch.uint8).roll(1),
            integers(41, 300, dtype=torch.uint8),
            "actual is expected rolled by +1: expected.roll(1) fits",
            id="roll of recurring values",
        ),
        pytest.param(
            integers(50, 100, 90)[1:].roll(0),
            integers(50, 100, 90)[:-1],
            "off by one index along dimension 0: actual[i] = expected[i + 1]",
            id="shift of recurring values",
        ),
        pytest.param(
            integers(2, 60, 60).bool().T,
            integers(2, 60, 60).bool(),
            "actual is expected transposed: expected.T fits",
            id="booleans transposed",
        ),
        pytest.param(
            integers(2, 300).bool().roll(-3),
            integers(2, 300).bool(),
            "rolled by -3: expected.roll(-3) fits",
            id="booleans rolled",
        ),
        pytest.param(
            torch.zeros(40, dtype=torch.bool),
            integers(2, 40).bool(),
            "actual is False everywhere",
            id="booleans never written",
        ),
        pytest.param(
            randn(64).bfloat16() * 2**0.5,
            randn(64).bfloat16(),
            "× expected, everywhere",
            id="a factor in bfloat16",
        ),
        pytest.param(
            randn(2, 10, 64).reshape(2, 4, 10, 16),
            attended(randn(2, 10, 64)),
            "expected.permute(0, 2, 1, 3).reshape(2, 4, 10, 16) fits: a view or reshape in the "
            "place of a transposition",
            id="view for transpose",
        ),
        pytest.param(
            randn(64, 32).reshape(32, 64),
            randn(64, 32).T,
            "expected.T.reshape(32, 64) fits: a view or reshape in the place of a transposition",
            id="reshape for T",
        ),
        pytest.param(
            randn(2, 3, 4, 5, 6).flip(0),
            randn(2, 3, 4, 5, 6),
            "flipped along dimension 0: expected.flip(0) fits",
            id="flip of five dimensions",
        ),
        pytest.param(
            randn(6, 4, 8, 8) / randn(6, 4, 8, 8).square().sum((1, 2, 3), keepdim=True).sqrt(),
            randn(6, 4, 8, 8) / randn(6, 4, 8, 8).square().sum((2, 3), keepdim=True).sqrt(),
            "squares that sum to 1 over dimensions 1, 2 and 3 together, expected over dimensions "
            "2 and 3 together: normalised over another",
            id="normalised over several",
        ),
        pytest.param(
            randn(9, 8) / randn(9, 8).square().mean(0, keepdim=True).sqrt(),
            randn(9, 8) / randn(9, 8).square().mean(1, keepdim=True).sqrt(),
            "has squares that average 1 over dimension 0, expected over dimension 1",
            id="root mean squares",
        ),
        pytest.param(
            (2**24 + integers(1000, 40)).float().long(),
            2**24 + integers(1000, 40),
            "actual is expected cast to float32 and back",
            id="integers through single precision",
        ),
        pytest.param(
            torch.nn.functional.layer_norm(randn(6, 5, 9), (9,)).mT,
            torch.nn.functional.layer_norm(randn(6, 9, 5), (5,)),
            "has mean 0 and variance 1 over dimension 1, expected over dimension 2",
            id="standardised over another dimension",
        ),
        pytest.param(
            randn(9, 8).clamp(-1, 0.5),
            randn(9, 8),
            "actual is expected clamped to between -1 and 0.5",
            id="clamped on both sides",
        ),
        pytest.param(
            randn(9, 8)[:-1],
            randn(9, 8),
            "actual is expected without the last along dimension 0: expected[:-1] fits",
            id="the last left out",
        ),
        pytest.param(
            randn(9, 8),
            randn(9, 8)[:, 3:],
            "expected is actual without the first 3 along dimension 1: actual[:, 3:] fits",
            id="three too many",
        ),
        pytest.param(
            randn(12, 10).half().masked_fill(randn(12, 10) > 0, -65504),
            randn(12, 10).half(),
            "actual is -65504 at every mismatch and right elsewhere",
            id="masked",
        ),
        pytest.param(
            randn(12, 10).masked_fill(randn(12, 10) > 0, -1e9),
            randn(12, 10),
            "actual is -1e+09 at every mismatch and right elsewhere",
            id="masked in single precision",
        ),
        pytest.param(
            3 * randn(9, 3, 5),
            randn(9, 3, 5),
            "(3 is the size of dimension 1: a sum in the place of a mean does that; or the square "
            "root of 9, the size of dimension 0)",
            id="two names",
        ),
        pytest.param(
            randn(6, 7) / 0.9,
            randn(6, 7),
            "(10 / 9: divided by n - 1 or by n, with n = 10; or a dropout of 0.1)",
            id="dropout",
        ),
        pytest.param(
            (100 + randn(50)).bfloat16().float(),
            (100 + randn(50)).bfloat16().float() - 100,
            "actual = expected + 100, everywhere",
            id="offset",
        ),
        pytest.param(
            randn(5).expand(5, 5),
            randn(5),
            "actual repeats expected along dimension 0",
            id="expanded",
        ),
        pytest.param(
            randn(300, 200).T,
            randn(300, 200),
            "its dimensions permuted: expected.T fits",
            id="transposed shapes of many elements",
        ),
        pytest.param(
            randn(3, 4, 5).flip(2).to(torch.complex32),
            randn(3, 4, 5).to(torch.complex32),
            "flipped along dimension 2: expected.flip(2) fits",
            id="complex32",
        ),
    ],
)
def test_a_cause_of_unlike_tensors_is_named(actual: Tensor, expected: Tensor, text: str) -> None:
    assert text in diagnosis(actual, expected)


def test_two_is_two_though_it_be_the_square_root_of_a_size() -> None:
    assert diagnosis(2 * randn(4, 5), randn(4, 5)) == "actual = 2 × expected, everywhere"


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        pytest.param(
            (100 + 0.3 * randn(50)).bfloat16(),
            (0.3 * uniform(50)).bfloat16(),
            id="offset, bfloat16",
        ),
        pytest.param(1e6 + 0.3 * randn(50), 0.3 * uniform(50), id="offset"),
        pytest.param(
            (10 + 0.003 * randn(50)).half(), (0.003 * uniform(50)).half(), id="offset, float16"
        ),
        pytest.param(
            (5 + 0.02 * randn(50)).bfloat16(), (2 + 0.02 * uniform(50)).bfloat16(), id="constants"
        ),
        pytest.param(
            (1 + 0.01 * randn(4, 4)).bfloat16(), (2 + 0.01 * uniform(4, 4)).bfloat16(), id="factor"
        ),
        pytest.param(
            (1.04 * randn(6, 5).softmax(0)).bfloat16(), randn(6, 5).softmax(1).bfloat16(), id="sums"
        ),
        pytest.param(torch.full((4, 5), 0.25), torch.full((4, 5), 0.2), id="constant sums"),
        pytest.param(
            torch.tensor([0, 0, 0, -1, 0, 1]), torch.tensor([0, -1, 0, 1, -1, -1]), id="chance"
        ),
        pytest.param(
            torch.tensor([True, False, False, True]),
            torch.tensor([False, True, True, False]),
            id="four booleans",
        ),
        pytest.param(torch.full((5,), NAN), torch.full((5,), NAN), id="NaN in both"),
    ],
)
def test_what_only_seems_to_be_a_cause_is_not_named(actual: Tensor, expected: Tensor) -> None:
    assert diagnosis(actual, expected) == ""
