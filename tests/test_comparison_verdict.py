"""The verdict of assert_close: torch's own on what torch accepts, and a sound one beyond."""

from __future__ import annotations

import collections
import dataclasses
import math
import subprocess
import sys
import textwrap
import typing
import unittest.mock
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.testing._internal.two_tensor import TwoTensor

from pytest_torchkata import assert_close, close

reference = torch.testing.assert_close
INF, NAN = math.inf, math.nan


def outcome(fn: Any, *args: Any, **options: Any) -> str:
    """What a comparison does: nothing, or the type and text of its error."""
    try:
        fn(*args, **options)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "close"


def same(actual: Any, expected: Any, **options: Any) -> str:
    """The outcome, once it is known to begin with torch's."""
    ours = outcome(assert_close, actual, expected, **options)
    theirs = outcome(reference, actual, expected, **options)
    if "unexpected exception" in theirs:
        return ours  # torch does not accept these
    assert ours == theirs == "close" or (ours.startswith(theirs) and theirs != "close"), (
        ours,
        theirs,
    )
    return ours


FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
INTEGERS = (
    torch.uint8,
    torch.int8,
    torch.int16,
    torch.int32,
    torch.int64,
    torch.uint16,
    torch.uint32,
    torch.uint64,
)
COMPLEX = (torch.complex64, torch.complex128)
VALUES = (0.0, -0.0, 1.0, -1.0, 3e-6, 1e-5, 1000.0, 1e-30, 6e4, NAN, INF, -INF)


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_random_tensors_fare_as_with_torch(data: st.DataObject) -> None:
    dtype = data.draw(st.sampled_from((*FLOATS, *COMPLEX, torch.int64, torch.uint8, torch.bool)))
    shape = data.draw(st.sampled_from([(), (1,), (5,), (2, 3), (0, 2), (2, 1, 4)]))
    count = math.prod(shape)
    base = data.draw(st.lists(st.sampled_from(VALUES), min_size=count, max_size=count))
    steps = data.draw(
        st.lists(
            st.sampled_from((0.0, 0.0, 0.5, 0.99999, 1.0, 1.00001, 3.0)),
            min_size=count,
            max_size=count,
        )
    )
    tolerances = st.sampled_from((0, 1e-9, 1e-5, 1.3e-6, 1e-3, 0.5, 1e30, INF))
    given = data.draw(st.none() | st.tuples(tolerances, tolerances))
    equal_nan = data.draw(st.booleans())
    expected = torch.tensor(base, dtype=torch.float64).reshape(shape)
    rtol, atol = given or (1.3e-6, 1e-5)
    allowed = torch.nan_to_num(atol + rtol * expected.abs(), 0, 1e30, 0)
    actual = expected + torch.tensor(steps, dtype=torch.float64).reshape(shape) * allowed
    if dtype in INTEGERS or dtype is torch.bool:
        actual, expected = (x.nan_to_num(0, 100, 0).clamp(0, 200) for x in (actual, expected))
    actual, expected = actual.to(dtype), expected.to(dtype)
    if dtype in COMPLEX and data.draw(st.booleans()):
        actual, expected = actual * (1 + 1j), expected * (1 + 1j)
    options: dict[str, Any] = {} if given is None else {"rtol": given[0], "atol": given[1]}

    for pair in ((actual, expected), (expected, actual), (actual, actual)):
        same(*pair, equal_nan=equal_nan, **options)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_tensors_of_several_pieces_fare_as_with_torch(data: st.DataObject) -> None:
    dtype = data.draw(st.sampled_from((*FLOATS, *COMPLEX, torch.int32, torch.bool)))
    shape = data.draw(st.sampled_from([(100_003,), (3, 40_000), (40_000, 3), (7, 11, 1000)]))
    generator = torch.Generator().manual_seed(data.draw(st.integers(0, 1000)))
    x = torch.randn(shape, generator=generator, dtype=torch.float64)
    scale = data.draw(st.sampled_from((1, 1000)))
    expected = (x * scale).to(dtype)
    actual = expected.clone()
    where = data.draw(st.lists(st.integers(0, x.numel() - 1), max_size=3))
    kind = data.draw(st.sampled_from(("noise", "nan", "inf", "off")))
    for index in where:
        flat = actual.view(-1)
        if dtype is torch.bool:
            flat[index] = ~flat[index]
        elif dtype is torch.int32:
            flat[index] += 1
        else:
            flat[index] += {"noise": 1e-6, "nan": NAN, "inf": INF, "off": 1.0}[kind]
    if data.draw(st.booleans()):
        actual, expected = actual.mT if actual.ndim > 1 else actual, expected
        expected = expected.mT if expected.ndim > 1 else expected
    if data.draw(st.booleans()):
        actual = actual.contiguous()

    same(actual, expected, equal_nan=data.draw(st.booleans()))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_structures_of_small_tensors_fare_as_with_torch(data: st.DataObject) -> None:
    seed = data.draw(st.integers(0, 10**6))
    generator = torch.Generator().manual_seed(seed)
    kinds = st.tuples(
        st.sampled_from((torch.float32, torch.float64, torch.float16, torch.int64)),
        st.sampled_from(((), (3,), (5,), (2, 3), (4, 3), (0, 3), (3000,))),
    )
    actual: list[Tensor] = []
    expected: list[Tensor] = []
    for dtype, shape in data.draw(st.lists(kinds, min_size=2, max_size=12)):
        x = (10 * torch.randn(shape, generator=generator, dtype=torch.float64)).to(dtype)
        scale = data.draw(st.sampled_from((0.0, 1e-8, 3e-7)))
        expected.append(x)
        actual.append((x * (1 + scale)).to(dtype))
    holes = [x for x in actual if x.dtype is not torch.int64 and x.numel()]
    spoilt, shared, equal_nan = (data.draw(st.booleans()) for _ in range(3))
    if holes and spoilt:
        value = data.draw(st.sampled_from((NAN, INF, 1e-3)))
        data.draw(st.sampled_from(holes)).view(-1)[-1] += value
    if holes and shared:
        for x, y in zip(actual, expected, strict=True):
            if any(x is one for one in holes):
                x.view(-1)[0] = y.view(-1)[0] = data.draw(st.sampled_from((NAN, INF, -INF)))

    for pair in ((actual, expected), (expected, actual)):
        same(*pair, equal_nan=equal_nan)
        same(dict(enumerate(pair[0])), dict(enumerate(pair[1])))


def test_one_wrong_element_among_many_tensors_is_found() -> None:
    expected = {f"w{i}": torch.randn(2 + i % 3, 4) for i in range(60)}
    for name in ("w0", "w31", "w59"):
        actual = {key: value + 1e-7 for key, value in expected.items()}
        actual[name] = actual[name].clone()
        actual[name][1, 3] += 1
        assert f"item {[name]}" in same(actual, expected)


def test_nan_and_infinities_at_the_same_places_fare_as_with_torch() -> None:
    x = torch.randn(70_000)
    x[::3] = NAN
    x[1::3] = -INF
    y = x + 1e-7

    assert same(x, y, equal_nan=True) == "close"
    assert "23,334 NaN" in same(x, y)
    assert same(x[1::3], y[1::3]) == "close"
    for place, value in ((69_999, 1.0), (69_998, NAN), (69_997, INF), (69_999, INF)):
        changed = y.clone()
        changed[place] = value
        assert same(changed, x, equal_nan=True) != "close"
        assert same(x, changed, equal_nan=True) != "close"


@pytest.mark.parametrize(
    ("actual", "expected", "options"),
    [
        pytest.param([2**63 - 1], [-(2**63)], {"rtol": 0, "atol": 1}, id="int64 overflow"),
        pytest.param([2**63 - 1], [-(2**63)], {}, id="int64 overflow, exact"),
        pytest.param([-(2**63)], [0], {"rtol": 0, "atol": 1}, id="the smallest int64"),
        pytest.param([2**53 + 1], [2**53], {}, id="integers above 2**53"),
        pytest.param([True, False], [True, True], {}, id="bool"),
        pytest.param([1.0], [0.0], {"rtol": 1.0, "atol": 0}, id="relative to zero"),
        pytest.param([INF], [3.4e38], {"rtol": 2.0, "atol": 0}, id="inf against the largest"),
        pytest.param([3.4e38], [INF], {"rtol": 2.0, "atol": 0}, id="the largest against inf"),
        pytest.param([INF], [-INF], {"rtol": 1.0, "atol": 1}, id="inf against -inf"),
        pytest.param([3.4e38], [-3.4e38], {"rtol": 0, "atol": 1e39}, id="overflowing difference"),
        pytest.param([1, 0.0], [0.0, 0.0], {"rtol": 1e39, "atol": 0}, id="rtol rounded to inf"),
        pytest.param([1, 0.0], [0.0, 0.0], {"rtol": 1e39, "atol": 1e39}, id="both rounded to inf"),
        pytest.param([complex(NAN, 1)], [complex(1, 1)], {}, id="nan in the real part"),
        pytest.param([complex(1, NAN)], [complex(1, 1)], {"equal_nan": True}, id="in the other"),
        pytest.param([complex(INF, 1)], [complex(INF, 2)], {}, id="inf with another imaginary"),
        pytest.param([NAN], [NAN], {}, id="nan against nan"),
        pytest.param([NAN], [1.0], {"equal_nan": True}, id="nan against a number"),
        pytest.param([1.0], [1.0 + 1e-4], {}, id="float32"),
    ],
)
def test_traps_fail_as_with_torch(actual: Any, expected: Any, options: Any) -> None:
    one, other = torch.tensor(actual), torch.tensor(expected)

    with pytest.raises(AssertionError):
        reference(one, other, **options)
    with pytest.raises(AssertionError):
        assert_close(one, other, **options)


@pytest.mark.parametrize(
    ("actual", "expected", "options"),
    [
        pytest.param([NAN], [NAN], {"equal_nan": True}, id="nan"),
        pytest.param([complex(NAN, 0)], [complex(1, NAN)], {"equal_nan": True}, id="complex nan"),
        pytest.param([INF, -INF], [INF, -INF], {}, id="inf"),
        pytest.param([1e38], [3e38], {"rtol": 1e10, "atol": 0}, id="an allowed error of inf"),
        pytest.param([1.0, 1.0], [2.0, 3.0], {"rtol": 1e39, "atol": 0}, id="rtol rounded to inf"),
        pytest.param([0.0], [-0.0], {"rtol": 0, "atol": 0}, id="zeros of two signs"),
        pytest.param([2**53 + 1], [2**53], {"rtol": 0, "atol": 1}, id="within an integer's atol"),
        pytest.param([], [], {}, id="empty"),
    ],
)
def test_traps_pass_as_with_torch(actual: Any, expected: Any, options: Any) -> None:
    assert same(torch.tensor(actual), torch.tensor(expected), **options) == "close"


@pytest.mark.parametrize(
    ("actual", "expected", "text"),
    [
        pytest.param(torch.tensor(0.3), 0.25, "torch.tensor(0.25), or actual.item()", id="number"),
        pytest.param(3, torch.tensor(3), "torch.tensor(3), or expected.item()", id="a number"),
        pytest.param(torch.ones(1), [1.0], "torch.tensor(expected)", id="list"),
        pytest.param(np.ones(2), torch.ones(2), "torch.from_numpy(actual)", id="array"),
        pytest.param(
            np.ones(2), np.arange(2.0)[::-1], "numpy.ascontiguousarray(expected)", id="strides"
        ),
        pytest.param(np.array(["a"]), np.array(["a"]), "<U1: compare with numpy.testing", id="str"),
        pytest.param(
            np.arange(3).astype(">i4"),
            np.arange(3).astype(">i4"),
            "actual.astype(actual.dtype.newbyteorder('='))",
            id="order",
        ),
        pytest.param(iter([1]), [1], "compare list(actual)", id="iterator"),
        pytest.param({}, nn.Linear(1, 1), "compare expected.state_dict()", id="module"),
    ],
)
def test_a_refusal_says_what_to_do(actual: Any, expected: Any, text: str) -> None:
    with pytest.raises(TypeError) as of_torch:
        reference(actual, expected)
    with pytest.raises(TypeError) as of_ours:
        assert_close(actual, expected)
    with pytest.raises(TypeError) as of_close:
        assert actual == close(expected)

    assert str(of_ours.value) == str(of_close.value)
    refusal, _, rest = str(of_ours.value).partition("\n\n")
    assert refusal == str(of_torch.value)
    assert text in rest
    assert "\n" not in rest


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.complex64, np.int32])
def test_an_array_without_dimensions_has_the_tolerance_of_its_dtype(dtype: Any) -> None:
    one = np.array(1, dtype)

    same(one, (one * np.array(1.000001)).astype(dtype))
    same(one, np.array(2, dtype))
    same({"a": one}, {"a": np.array(1.000005, np.float32).astype(dtype)})


class Angle(Tensor):
    """Angles are close modulo 2π."""

    @classmethod
    def __torch_function__(
        cls, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:  # whatever torch calls
        if func is torch.isclose:
            one, other = (x.as_subclass(Tensor) for x in args)
            return torch.isclose((one - other).sin(), torch.zeros_like(one), atol=1e-5)
        return super().__torch_function__(func, types, args, kwargs or {})  # type: ignore[no-untyped-call]  # torch's


def test_what_a_subclass_calls_close_is_close() -> None:
    zero, turn, off = (torch.tensor([x]).as_subclass(Angle) for x in (0.0, 2 * math.pi, 1.0))

    assert same(turn, zero) == "close"
    assert same(off, zero) != "close"


def test_tensors_that_have_no_values_of_their_own_are_compared() -> None:
    def twice(*values: float) -> TwoTensor:
        return TwoTensor(torch.tensor(values), torch.tensor(values))  # type: ignore[no-untyped-call]  # torch's

    assert same(twice(1.0, NAN), twice(1.0, NAN), equal_nan=True) == "close"
    assert same(twice(1.0, 2.0), twice(1.0, 3.0)) != "close"

    def compared(x: Tensor) -> Tensor:
        with pytest.raises(AssertionError, match="not close"):
            assert_close(x, 2 * x)
        assert_close(x, x + 0)
        return x

    torch.func.functionalize(compared)(torch.ones(3))


def test_differences_that_are_flushed_to_zero_are_differences() -> None:
    tiny = torch.finfo(torch.float32).tiny
    if not torch.set_flush_denormal(True):
        pytest.skip("this machine does not flush subnormal numbers")
    try:
        for size in (1, 1000, 100_000):
            one, other = (torch.full((size,), x * tiny) for x in (2.0, 1.5))
            zero = torch.zeros(size)
            least = torch.full((size,), tiny)
            with pytest.raises(AssertionError) as caught:
                assert_close(one, other, rtol=0, atol=0)
            assert "could not be made" not in str(caught.value)
            with pytest.raises(AssertionError):
                assert_close(zero, least, rtol=1e-3, atol=0)
            assert same(one, other, rtol=0, atol=1e-30) == "close"
            if size <= 1000:  # of more, torch's threads differ in what they flush
                same(one, other, rtol=0, atol=0)
                same(zero, least, rtol=1e-3, atol=0)
    finally:
        torch.set_flush_denormal(False)


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        pytest.param({"a": True, "b": 1.0}, {"a": 1.0}, id="keys"),
        pytest.param([[1], True], [[1, 2], 1.0], id="lengths"),
    ],
)
def test_what_does_not_fit_is_told_before_what_cannot_be_compared(
    actual: Any, expected: Any
) -> None:
    same(actual, expected)
    assert actual != close(expected)


@pytest.mark.parametrize("tolerance", [2**64, 10**20])
def test_integers_may_be_tolerances_however_large(tolerance: int) -> None:
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([1.0, NAN])

    same(x, y, rtol=0, atol=tolerance)
    same(x, x + 1, rtol=tolerance, atol=0)


def test_a_message_that_is_none_is_ignored_as_torch_does() -> None:
    with pytest.raises(AssertionError, match="Scalars are not close"):
        assert_close(1.0, 2.0, msg=5)  # type: ignore[arg-type]  # which is the point


def test_a_mapping_has_the_keys_that_it_says() -> None:
    class First(dict[str, float]):
        def keys(self) -> Any:  # fewer than it has
            return ["a"]

    assert same(First(a=1.0, b=2.0), {"a": 1.0}) == "close"


def test_the_first_comparison_may_stand_below_a_default_device_without_values() -> None:
    script = """
        import torch
        torch.set_default_device("meta")
        from pytest_torchkata import assert_close
        assert_close(1.0, 1.0)
        assert_close(torch.ones(3, device="cpu"), torch.ones(3, device="cpu"))
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True)


@pytest.mark.parametrize("dtype", FLOATS)
def test_the_first_of_several_infinite_differences_is_named(dtype: torch.dtype) -> None:
    for actual, expected in (
        ([0.5, 0.0, INF], [0.0, 0.0, 1.0]),
        ([INF, 0.0, 0.5], [1.0, 0.0, 0.0]),
        ([INF, NAN, 0.5], [1.0, 0.0, 0.0]),
        ([0.5, INF, NAN], [0.0, -INF, 0.0]),
        ([6e4, INF, 0.5], [2e-3, 1.0, 1.0]),  # the quotient of the first overflows 16 bits
    ):
        x, y = torch.tensor(actual, dtype=dtype), torch.tensor(expected, dtype=dtype)
        same(x, y)
        same(y, x)


def test_half_precision_is_computed_in_half_precision() -> None:
    expected = torch.tensor([1.0], dtype=torch.float16)
    actual = torch.tensor([1.0009765625], dtype=torch.float16)  # the next one up

    # 9.8e-4 <= 1e-3 * 1 + 1e-5 holds; with rtol=9.76e-4 only rounding in half lets it pass.
    for rtol in (1e-3, 9.7e-4, 9.766e-4, 9.76e-4):
        same(actual, expected, rtol=rtol, atol=0.0)
        same(expected, actual, rtol=rtol, atol=0.0)


@pytest.mark.parametrize("name", ["float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu"])
def test_float8_is_compared_bit_by_bit(name: str) -> None:
    dtype = getattr(torch, name)
    x = torch.tensor([1.0, 2.0, 4.0]).to(dtype)
    y = torch.tensor([1.0, 2.0, 8.0]).to(dtype)

    assert same(x, x.clone()) == "close"
    assert "index (2,)" in same(x, y)
    assert "not supported for bitwise" in same(x, x.clone(), rtol=0.1, atol=0.0)


def test_complex32_fares_as_with_torch() -> None:
    x = torch.tensor([1 + 1j, 2 - 1j], dtype=torch.complex32)

    assert same(x, x.clone()) == "close"
    assert same(x, x * 2) != "close"


@pytest.mark.parametrize("layout", ["coo", "uncoalesced", "csr", "csc", "bsr", "bsc"])
def test_sparse_tensors_fare_as_with_torch(layout: str) -> None:
    dense = torch.tensor([[0.0, 1, 0, 2], [0, 0, 3, 0]])

    def make(x: Tensor) -> Tensor:
        if layout == "coo":
            return x.to_sparse().coalesce()
        if layout == "uncoalesced":
            indices = torch.tensor([[0, 0, 1], [1, 1, 2]])
            return torch.sparse_coo_tensor(
                indices, torch.tensor([1.0, 2.0, x[0, 3].item()]), (2, 4)
            )
        if layout in ("csr", "csc"):
            return typing.cast(Tensor, getattr(x, f"to_sparse_{layout}")())
        return typing.cast(Tensor, getattr(x, f"to_sparse_{layout}")((1, 2)))

    changed = dense.clone()
    changed[0, 3] = 7
    moved = dense.flip(1)
    assert same(make(dense), make(dense)) == "close"
    assert "values" in same(make(changed), make(dense))
    if layout != "uncoalesced":
        assert same(make(moved), make(dense)) != "close"
    assert "layout" in same(dense, make(dense))
    assert same(make(dense).to_dense(), make(dense), check_layout=False) == "close"


def test_quantized_tensors_fare_as_with_torch() -> None:
    x = torch.quantize_per_tensor(torch.tensor([1.0, 2.0]), 0.1, 0, torch.qint8)
    y = torch.quantize_per_tensor(torch.tensor([1.0, 3.0]), 0.1, 0, torch.qint8)

    assert same(x, x.clone()) == "close"
    assert "Quantized tensor-likes are not close" in same(x, y)
    assert "is_quantized" in same(x, y.dequantize())


def test_views_fare_as_with_torch() -> None:
    x = torch.randn(4, 5, dtype=torch.complex64)
    real = torch.randn(4, 5)

    assert same(x.conj(), x.conj().resolve_conj()) == "close"
    assert same(torch._neg_view(real), -real) == "close"
    assert same(real[:, :1].expand(4, 5), real[:, :1].expand(4, 5).clone()) == "close"
    assert same(real.t(), real.t().contiguous()) == "close"
    assert same(real[::2, 1::2], real[::2, 1::2].clone()) == "close"
    assert same(x.conj(), x) != "close"
    assert "stride" in same(real.t(), real.t().contiguous(), check_stride=True)
    x.requires_grad_()
    assert same(x, x.detach() + 1e-9) == "close"


class Half(Tensor):
    """A subclass that does nothing."""


@pytest.mark.parametrize(
    ("actual", "expected", "options"),
    [
        pytest.param(torch.ones(2), nn.Parameter(torch.ones(2)), {}, id="parameter"),
        pytest.param(
            torch.ones(2), nn.Parameter(torch.ones(2)), {"allow_subclasses": False}, id="strict"
        ),
        pytest.param(torch.ones(2).as_subclass(Half), torch.ones(2), {}, id="subclass"),
        pytest.param(torch.ones(2), torch.zeros(2).as_subclass(Half), {}, id="other subclass"),
        pytest.param(np.ones(2), np.ones(2), {}, id="numpy"),
        pytest.param(np.ones(2), np.zeros(2), {}, id="numpy not close"),
        pytest.param(np.ones(2), torch.ones(2), {}, id="numpy and tensor"),
        pytest.param(np.float32(1), 1.0, {}, id="numpy scalar"),
        pytest.param(np.bool_(True), True, {}, id="numpy bool"),
        pytest.param(1, 1.0, {}, id="int and float"),
        pytest.param(1, 1.0, {"check_dtype": False}, id="int and float allowed"),
        pytest.param(1, 1 + 1e-9, {"check_dtype": False}, id="int near float"),
        pytest.param(1, 2 + 1j, {"check_dtype": False}, id="int and complex"),
        pytest.param(True, 1, {"check_dtype": False}, id="bool and int"),
        pytest.param(True, False, {}, id="booleans"),
        pytest.param(10**30, 10**30 + 1, {}, id="huge integers"),
        pytest.param(NAN, NAN, {}, id="nan"),
        pytest.param(NAN, NAN, {"equal_nan": True}, id="equal nan"),
        pytest.param(None, None, {}, id="None"),
        pytest.param(None, torch.ones(1), {}, id="None and tensor"),
        pytest.param([1, (2, {"a": 3})], (1, [2, {"a": 3}]), {}, id="nested"),
        pytest.param([1, 2], [1, 3], {}, id="second differs"),
        pytest.param([1, 2], [1], {}, id="lengths"),
        pytest.param({"a": 1}, {"b": 1}, {}, id="keys"),
        pytest.param({"b": 1, "a": 2}, {"b": 2, "a": 1}, {}, id="sorted keys"),
        pytest.param({2: 1, "a": 2}, {2: 1, "a": 2}, {}, id="keys of two types"),
        pytest.param(
            collections.OrderedDict(a=torch.ones(1)), {"a": torch.ones(1)}, {}, id="ordered"
        ),
        pytest.param([1, [2, 3]], [2, [2]], {}, id="structure before values"),
        pytest.param([1, "a"], [2, 1], {}, id="types before values"),
        pytest.param(b"ab", [97, 98], {}, id="bytes"),
        pytest.param(torch.ones(2), 1.0, {}, id="tensor and number"),
        pytest.param(torch.ones(2), torch.ones(3), {}, id="shapes"),
        pytest.param(torch.ones(2), torch.ones(2, 1), {}, id="ranks"),
        pytest.param(torch.ones(2), torch.ones(2).double(), {}, id="dtypes"),
        pytest.param(torch.ones(2), torch.ones(2).double(), {"check_dtype": False}, id="promoted"),
        pytest.param(
            torch.ones(2).to(torch.uint16), torch.ones(2), {"check_dtype": False}, id="uint16"
        ),
        pytest.param(torch.ones(0, 3), torch.ones(3, 0), {}, id="empty shapes"),
        pytest.param(torch.ones(()), torch.zeros(()), {}, id="0-d"),
        pytest.param(torch.ones(2), torch.ones(2, device="meta"), {}, id="device"),
        pytest.param(torch.ones(2), torch.ones(2).to_mkldnn(), {}, id="mkldnn"),
        pytest.param(object(), object(), {}, id="objects"),
        pytest.param(torch.float32, torch.float32, {}, id="dtype objects"),
    ],
)
def test_values_of_every_kind_fare_as_with_torch(actual: Any, expected: Any, options: Any) -> None:
    same(actual, expected, **options)
    same(expected, actual, **options)
    same([actual], [expected], **options)
    same({"k": (actual,)}, {"k": [expected]}, **options)


@pytest.mark.parametrize("dtype", [torch.int64, torch.uint64])
def test_integer_differences_never_overflow(dtype: torch.dtype) -> None:
    low, high = torch.iinfo(dtype).min, torch.iinfo(dtype).max
    actual = torch.tensor([high, 5, 7], dtype=dtype)
    expected = torch.tensor([low, 5, 8], dtype=dtype)

    with pytest.raises(AssertionError) as caught:
        assert_close(actual, expected, rtol=0, atol=1)

    assert f"Greatest absolute difference: {high - low} at index (0,) (up to 1 allowed)" in str(
        caught.value
    )


def test_a_meta_tensor_is_refused() -> None:
    x = torch.empty(2, 3, device="meta")

    for pair in ((x, x), ([x], [x]), ({"a": x}, {"a": torch.empty(2, 3, device="meta")})):
        with pytest.raises(AssertionError, match=r"meta tensor of shape .2, 3.: it has no values"):
            assert_close(*pair)
    with pytest.raises(ValueError, match="meta tensor"):
        assert_close(torch.ones(2, 3), x, check_device=False)
    with pytest.raises(AssertionError, match="shape"):
        assert_close(x, torch.empty(3, device="meta"))


def test_one_tolerance_leaves_the_other_at_its_default() -> None:
    one = torch.tensor([1.0, 0.0])

    assert_close(one, one + 0.05, atol=0.1)
    assert_close(torch.tensor([100.0]), torch.tensor([101.0]), rtol=0.1)
    assert_close(torch.tensor([0.0]), torch.tensor([5e-6]), rtol=0)  # atol is 1e-5
    assert_close(torch.tensor([1e6]), torch.tensor([1e6 + 1]), atol=0)  # rtol is 1.3e-6
    assert_close(1.0, 1.05, atol=0.1)
    assert_close(1, 2, atol=1)
    narrow: list[Any] = [{"atol": 0.01}, {"rtol": 0.01}]
    for options in narrow:
        with pytest.raises(AssertionError):
            assert_close(one, one + 0.05, **options)


@pytest.mark.parametrize("value", [-1.0, NAN])
@pytest.mark.parametrize("name", ["rtol", "atol"])
def test_an_unusable_tolerance_is_refused(name: str, value: float) -> None:
    options: Any = {"rtol": 0.0, "atol": 0.0, name: value}

    with pytest.raises(ValueError, match=f"^{name} must be a number >= 0, got {value}$"):
        assert_close(torch.ones(1), torch.ones(1), **options)


def test_a_tolerance_that_is_no_number_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^rtol must be a number, got 'tight'$"):
        assert_close(torch.ones(1), torch.ones(1), rtol="tight")  # type: ignore[arg-type]


@dataclasses.dataclass
class Output:
    """What a model returns."""

    logits: Tensor
    name: str = "a"
    cache: Any = None


class Pair(typing.NamedTuple):
    """Two tensors."""

    first: Tensor
    second: Tensor


@pytest.mark.parametrize(
    ("actual", "expected", "text"),
    [
        pytest.param("a", "b", "Strings mismatch: 'a' is not 'b'", id="string"),
        pytest.param({1, 2}, {2, 3}, "missing: 3; not expected: 1", id="set"),
        pytest.param(
            Output(torch.ones(2)), Output(torch.zeros(2)), "item ['logits']", id="dataclass"
        ),
        pytest.param(
            Output(torch.ones(2), "b"), Output(torch.ones(2)), "item ['name']", id="its string"
        ),
        pytest.param(
            Pair(torch.ones(2), torch.ones(2)),
            Pair(torch.ones(2), torch.zeros(2)),
            "item [1]",
            id="named tuple",
        ),
        pytest.param(
            nn.Linear(2, 2), nn.Linear(2, 2, bias=False), "The keys of the mappings", id="module"
        ),
    ],
)
def test_other_structures_are_compared(actual: Any, expected: Any, text: str) -> None:
    assert_close(actual, actual)
    assert_close([expected], [expected])
    with pytest.raises(AssertionError) as caught:
        assert_close(actual, expected)
    assert text in str(caught.value)


def test_modules_are_compared_by_their_state() -> None:
    one, other = nn.Linear(2, 3), nn.Linear(2, 3)

    with pytest.raises(AssertionError, match="item \\['bias'\\]"):
        assert_close(one, other)
    other.load_state_dict(one.state_dict())
    assert_close(one, other)


def test_dataclasses_of_two_types_differ() -> None:
    @dataclasses.dataclass
    class Another:
        logits: Tensor

    with pytest.raises(AssertionError, match="types of the dataclasses do not match: Output != "):
        assert_close(Output(torch.ones(2)), Another(torch.ones(2)))


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
@pytest.mark.parametrize("layout", [torch.strided, torch.jagged])
def test_nested_tensors_are_compared(layout: torch.layout) -> None:
    def make(*values: float) -> Tensor:
        parts = [torch.tensor(values[:2]), torch.tensor(values[2:])]
        return torch.nested.nested_tensor(parts, layout=layout)

    assert_close(make(1, 2, 3, 4, 5), make(1, 2, 3, 4, 5))
    with pytest.raises(AssertionError, match="item \\[1\\]"):
        assert_close(make(1, 2, 3, 4, 5), make(1, 2, 3, 4, 6))
    with pytest.raises(AssertionError, match="shape"):
        assert_close(make(1, 2, 3, 4, 5), make(1, 2, 3, 4))


def test_a_replaced_comparison_of_torch_is_called() -> None:
    name = "torch.testing._comparison.TensorLikePair.compare"
    with (
        unittest.mock.patch(name, side_effect=KeyError("instrumented")),
        pytest.raises(RuntimeError, match="unexpected exception"),
    ):
        assert_close(torch.ones(1), torch.ones(1))


def test_msg_replaces_or_wraps_the_text() -> None:
    one, other = torch.ones(2), torch.zeros(2)

    with pytest.raises(AssertionError, match=r"^mine$"):
        assert_close(one, other, msg="mine")
    with pytest.raises(AssertionError) as caught:
        assert_close([one], [other], msg=lambda text: f"before\n{text}\nafter")
    text = str(caught.value)
    assert text.startswith("before\nTensor-likes are not close!\n\nMismatched elements: 2 / 2")
    assert "The failure occurred for item [0]" in text
    assert text.endswith("\nafter")


def test_many_small_tensors_on_a_device_are_read_at_once() -> None:
    from pytest_torchkata.comparison import _fast

    x = torch.randn(10)
    waiting: list[Tensor] = []
    for _ in range(5):
        waiting += _fast._on_device(x, x + 1e-9, 0.0, 1e-5, False)

    assert all(verdict.shape == () and verdict.dtype is torch.bool for verdict in waiting)
    assert _fast._all_true(waiting)
    assert not _fast._all_true([*waiting, *_fast._on_device(x, x + 1, 0.0, 1e-5, False)])


def test_the_first_call_imports_nothing() -> None:
    code = """
import sys, torch
from pytest_torchkata import assert_close
before = set(sys.modules)
x = torch.randn(10)
assert_close(x, x.clone())
assert_close({"a": [x]}, {"a": [x + 1e-7]})
try:
    assert_close(x, x + 1)
except AssertionError:
    pass
else:
    raise SystemExit("no failure")
assert set(sys.modules) == before, set(sys.modules) - before
assert not any(name.startswith("torch.distributed.tensor") for name in before)
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


@pytest.mark.skipif(not torch.distributed.is_available(), reason="torch without distributed")
def test_distributed_tensors_fare_as_with_torch() -> None:
    code = """
import torch, torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import Replicate, Shard, distribute_tensor
from pytest_torchkata import assert_close, assert_not_close, close

dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
mesh = init_device_mesh("cpu", (1,))
x = torch.arange(6.0).reshape(2, 3)
copied = distribute_tensor(x, mesh, [Replicate()])
sharded, near, far = (distribute_tensor(x + by, mesh, [Shard(0)]) for by in (0, 1e-7, 1))

def outcome(fn, *args):
    try:
        fn(*args)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "close"

for actual, expected in (
    (sharded, sharded), (sharded, near), (sharded, far), (far, sharded), (sharded, copied),
    (sharded, x), (x, sharded), (far, x),
):
    theirs = outcome(torch.testing.assert_close, actual, expected)
    ours = outcome(assert_close, actual, expected)
    assert ours == theirs == "close" or (theirs != "close" and ours.startswith(theirs)), (
        actual, expected, ours, theirs
    )
text = outcome(assert_close, far, sharded)
assert "diagnosis   actual = expected + 1, everywhere" in text, text
assert sharded == close(near)
# torch looks for them at the top alone, and cannot compare those of a state dict.
assert_close({"a": sharded, "b": copied}, {"a": near, "b": copied})
text = outcome(assert_close, {"a": sharded, "b": [far]}, {"a": near, "b": [sharded]})
assert "item ['b'][0]" in text and "actual = expected + 1, everywhere" in text, text
text = outcome(assert_close, {"a": sharded}, {"a": copied})
assert text.startswith("AssertionError: DTensor placements do not match"), text
assert "['a']" in text
assert outcome(assert_close, [sharded], [x]).startswith("TypeError: Comparing a DTensor to a non")
assert_not_close(sharded, far)
dist.destroy_process_group()
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
