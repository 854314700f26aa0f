"""`strategies.tensors`: what is drawn, how it shrinks, how it prints."""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from pytest_torchkata.strategies import (
    dtypes,
    floating_dtypes,
    integer_dtypes,
    layouts,
    shapes,
    tensors,
    to_code,
)

QUIET = settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(QUIET, max_examples=1500)

Broken = Callable[[torch.Tensor], bool]


def some(mask: torch.Tensor) -> bool:
    return bool(mask.any())


# What fails, and the size and the non-zero elements of the smallest example.
PLANTED: dict[str, tuple[Broken, int, int]] = {
    "below -3 with three columns": (lambda x: x.shape[-1] >= 3 and some(x < -3), 3, 1),
    "large": (lambda x: some(x > 1e4), 1, 1),
    "nan": (lambda x: some(x.isnan()), 1, 1),
    "infinite": (lambda x: some(x.isinf()), 1, 1),
    "a large sum": (lambda x: bool(x.nan_to_num().sum() > 100), 1, 1),
    "equal neighbours": (
        lambda x: x.ndim == 1 and some((x.diff() == 0) & (x[1:] != 0)),
        2,
        2,
    ),
    "more rows than columns": (lambda x: x.ndim == 2 and x.shape[0] > x.shape[1] >= 2, 6, 0),
    "exp overflows": (lambda x: some(x.exp().isinf() & x.isfinite()), 1, 1),
    "the last row": (lambda x: x.ndim == 2 and len(x) >= 3 and some(x[-1] != 0), 3, 1),
    "a fraction": (lambda x: some((x != x.round()) & x.isfinite()), 1, 1),
    "negative zero": (lambda x: some(x.signbit() & (x == 0)), 1, 0),
    "not sorted": (lambda x: x.ndim == 1 and len(x) >= 3 and some(x.diff() < 0), 3, 1),
    "subnormal": (lambda x: some((x != 0) & (x.abs() < 1.1e-38)), 1, 1),
    "not equal to its own float16": (lambda x: some(x != x.half().float()), 1, 1),
}


@pytest.mark.parametrize(("broken", "size", "nonzero"), PLANTED.values(), ids=PLANTED)
def test_a_counterexample_is_as_small_as_it_can_be(broken: Broken, size: int, nonzero: int) -> None:
    found = find(tensors(shape=shapes(max_side=8)), broken, settings=LONG, random=random.Random(0))

    assert (found.numel(), int((found != 0).sum())) == (size, nonzero)


def test_a_counterexample_is_the_simplest_value() -> None:
    found = find(tensors(), lambda x: x.shape == (1, 3) and some(x < -3), settings=LONG)

    assert sorted(found.flatten().tolist()) == [-4, 0, 0]


def drawn(strategy: st.SearchStrategy[torch.Tensor], examples: int) -> list[torch.Tensor]:
    values: list[torch.Tensor] = []

    @settings(QUIET, max_examples=examples, derandomize=True)
    @given(strategy)
    def collect(x: torch.Tensor) -> None:
        values.append(x)

    collect()
    return values


SPECIAL: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "nan": torch.isnan,
    "inf": torch.isposinf,
    "-inf": torch.isneginf,
    "-0.0": lambda x: x.signbit() & (x == 0),
    "subnormal": lambda x: (x != 0) & (x.abs() < torch.finfo(x.dtype).tiny),
    "largest": lambda x: x == torch.finfo(x.dtype).max,
    "-largest": lambda x: x == torch.finfo(x.dtype).min,
    "smallest normal": lambda x: x.abs() == torch.finfo(x.dtype).tiny,
}


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("special", SPECIAL)
def test_every_special_value_comes_up_within_a_few_dozen_examples(
    dtype: torch.dtype, special: str
) -> None:
    assert any(some(SPECIAL[special](x)) for x in drawn(tensors(dtype=dtype), 60))


def test_values_come_up_where_float32_and_float64_part() -> None:
    values = drawn(tensors(dtype=torch.float64, allow_nan=False, allow_infinity=False), 60)

    assert any(some(x.float().double() != x) for x in values)


@pytest.mark.parametrize(
    ("arguments", "special"),
    [
        ({"allow_nan": False}, "nan"),
        ({"allow_infinity": False}, "inf"),
        ({"allow_infinity": False}, "-inf"),
        ({"allow_subnormal": False}, "subnormal"),
        ({"min_value": 0}, "nan"),
        ({"min_value": -5, "max_value": 5}, "inf"),
    ],
)
def test_a_special_value_can_be_switched_off(arguments: dict[str, Any], special: str) -> None:
    assert not any(some(SPECIAL[special](x)) for x in drawn(tensors(**arguments), 300))


@pytest.mark.parametrize("dtype", ["floating", "integer", "unsigned"])
@pytest.mark.parametrize(("low", "high"), [(0, 5), (3, 4), (1, 100), (-5, 5)])
def test_elements_keep_to_their_bounds(dtype: str, low: int, high: int) -> None:
    for x in drawn(tensors(dtype=dtypes(dtype), min_value=low, max_value=high), 100):
        wide = x.double()
        assert bool(((wide >= low) & (wide <= high)).all())


def test_a_narrow_range_is_filled() -> None:
    values = {
        v for x in drawn(tensors(min_value=0.1, max_value=0.9), 50) for v in x.flatten().tolist()
    }

    assert len(values) > 20


@pytest.mark.parametrize(
    "name",
    [
        "bool",
        *("uint8", "int8", "int16", "int32", "int64", "uint16", "uint32", "uint64"),
        *("float16", "bfloat16", "float32", "float64", "complex32", "complex64", "complex128"),
        *("float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu"),
    ],
)
def test_every_dtype_is_drawn_with_many_values(name: str) -> None:
    if not hasattr(torch, name):
        pytest.skip(f"this torch has no {name}")
    dtype = getattr(torch, name)
    values = drawn(tensors(dtype=dtype, shape=(8,)), 60)

    assert {x.dtype for x in values} == {dtype}
    distinct = {repr(v) for x in values for v in (x.double() if "float8" in name else x).tolist()}
    assert len(distinct) >= (2 if name == "bool" else 10)


@pytest.mark.parametrize("name", ["float16", "bfloat16", "float8_e5m2", "complex32"])
def test_a_finite_value_never_overflows_into_an_infinite_one(name: str) -> None:
    values = drawn(tensors(dtype=getattr(torch, name), allow_infinity=False, allow_nan=False), 200)

    for x in values:
        wide = torch.view_as_real(x).double() if x.is_complex() else x.double()
        assert bool(wide.isfinite().all())


def kind(x: torch.Tensor) -> str:
    if 0 in x.stride() and x.numel() > 1:
        return "expanded"
    if x.ndim == 4 and x.is_contiguous(memory_format=torch.channels_last) and not x.is_contiguous():
        return "channels_last"
    if x.is_contiguous():
        return "offset" if x.storage_offset() else "contiguous"
    return "sliced" if x.stride(-1) == 2 else "transposed"


def test_every_layout_comes_up_often() -> None:
    strategy = tensors(
        shape=shapes(min_dims=2, max_dims=4, min_side=2, max_side=4), layout=layouts()
    )
    counted = Counter(map(kind, drawn(strategy, 1000)))

    # Channels last is for four dimensions, a third of the shapes: some 55 of 1,000. Which are drawn
    # depends on the constants that Hypothesis finds in the modules loaded so far.
    assert all(
        counted[name] > 20
        for name in ("contiguous", "transposed", "sliced", "offset", "expanded", "channels_last")
    ), counted


def test_layouts_shrink_to_contiguous() -> None:
    found = find(tensors(layout=layouts()), lambda x: x.numel() >= 4, settings=LONG)

    assert kind(found) == "contiguous"


@QUIET
@given(
    tensors(
        dtype=dtypes("floating", "integer", "complex", "boolean"),
        shape=shapes(min_dims=0, max_dims=5, min_side=0, max_side=3),
        layout=layouts(),
        requires_grad=st.booleans(),
    )
)
def test_only_valid_leaf_tensors_are_drawn(x: torch.Tensor) -> None:
    assert x.is_leaf
    assert x.requires_grad <= (x.dtype.is_floating_point or x.dtype.is_complex)
    assert x.clone().shape == x.shape


def failing_example(strategy: st.SearchStrategy[torch.Tensor], broken: Broken) -> str:
    """The code that Hypothesis prints for the smallest failure."""

    @settings(LONG)
    @given(strategy)
    def check(x: torch.Tensor) -> None:
        assert not broken(x)

    with pytest.raises(AssertionError) as caught:
        check()
    text = "\n".join(getattr(caught.value, "__notes__", []))
    found = re.search(r"x=(.*?),(  # or any.*)?\n\)", text)
    assert found is not None, text
    return found[1]


@pytest.mark.parametrize(
    ("strategy", "broken", "code"),
    [
        pytest.param(
            tensors(shape=(1, 3)),
            lambda x: some(x[:, 2] < -3),
            "torch.tensor([[0., 0., -4.]])",
            id="default",
        ),
        pytest.param(
            tensors(dtype=torch.bfloat16, shape=(2,), requires_grad=True),
            lambda x: True,
            "torch.tensor([0., 0.], dtype=torch.bfloat16, requires_grad=True)",
            id="dtype and grad",
        ),
        pytest.param(
            tensors(shape=(2, 1), layout="transposed", requires_grad=True),
            lambda x: some(x[1] != 0),
            "torch.tensor([[0., 1.]]).t().requires_grad_()",
            id="transposed",
        ),
        pytest.param(
            tensors(shape=(2,), layout="sliced"),
            lambda x: some(x > 0),
            "torch.tensor([1., 0., 0., 1.])[::2]",
            id="sliced",
        ),
        pytest.param(
            tensors(shape=(3, 1), layout="expanded"),
            lambda x: True,
            "torch.tensor([[0.]]).expand(3, 1)",
            id="expanded",
        ),
        pytest.param(
            tensors(shape=(2,), layout="offset"),
            lambda x: True,
            "torch.tensor([1., 0., 0.])[1:]",
            id="offset",
        ),
        pytest.param(
            tensors(shape=(1,)), lambda x: some(x.isnan()), "torch.tensor([torch.nan])", id="nan"
        ),
        pytest.param(tensors(shape=(0, 2)), lambda x: True, "torch.empty((0, 2))", id="empty"),
        pytest.param(
            tensors(shape=(3, 3)), lambda x: True, "torch.full((3, 3), 0.)", id="constant"
        ),
        pytest.param(tensors(shape=()), lambda x: True, "torch.tensor(0.)", id="scalar"),
        pytest.param(
            tensors(dtype=torch.int64, shape=(1,)),
            lambda x: some(x > 1),
            "torch.tensor([2])",
            id="integer",
        ),
    ],
)
def test_a_falsifying_example_is_code_to_paste(
    strategy: st.SearchStrategy[torch.Tensor], broken: Broken, code: str
) -> None:
    assert failing_example(strategy, broken) == code


@QUIET
@given(
    tensors(
        dtype=dtypes("floating", "integer", "complex", "boolean"),
        shape=shapes(min_dims=0, max_dims=3, min_side=0),
        requires_grad=st.booleans(),
    )
)
def test_the_code_makes_the_same_tensor(x: torch.Tensor) -> None:
    made = eval(to_code(x), {"torch": torch})

    assert (made.dtype, made.shape, made.requires_grad) == (x.dtype, x.shape, x.requires_grad)
    pair = [torch.view_as_real(t.detach()) if t.is_complex() else t.detach() for t in (made, x)]
    torch.testing.assert_close(*pair, rtol=0, atol=0, equal_nan=True)
    if x.dtype.is_floating_point:
        assert torch.equal(made.signbit() & ~made.isnan(), x.signbit() & ~x.isnan())


def test_elements_can_be_given_by_a_strategy() -> None:
    strategy = tensors(shape=shapes(max_side=8), elements=st.integers(10, 20))

    assert all(bool(((x >= 10) & (x <= 20)).all()) for x in drawn(strategy, 50))
    assert find(strategy, lambda x: some(x > 15), settings=LONG).tolist() == [16]


@pytest.mark.parametrize(
    ("elements", "dtype"),
    [(st.just(1e39), torch.float32), (st.just(300), torch.uint8), (st.just(1.5), torch.int64)],
)
def test_elements_that_do_not_fit_the_dtype_are_refused(
    elements: st.SearchStrategy[float], dtype: torch.dtype
) -> None:
    with pytest.raises(InvalidArgument, match="elements= drew"):
        find(tensors(dtype=dtype, shape=(1,), elements=elements), lambda x: True)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(lambda: shapes(min_dims=-1), "Invalid min_dims=-1 < 0", id="dims"),
        pytest.param(lambda: shapes(min_side=2, max_side=1), "max_side=1 is less than", id="side"),
        pytest.param(lambda: shapes(max_dims=99), "max_dims=99 must be at most", id="many"),
        pytest.param(lambda: dtypes("float"), "kind 'float' is not one of", id="kind"),
        pytest.param(lambda: layouts("diagonal"), "layout 'diagonal' is not one of", id="layout"),
        pytest.param(lambda: tensors(layout="x"), "layout='x' is not one of", id="a layout"),
        pytest.param(lambda: tensors(shape=(-1,)), "must be a tuple of integers", id="negative"),
        pytest.param(
            lambda: tensors(min_value=2, max_value=1), "min_value=2 is greater than", id="bounds"
        ),
        pytest.param(
            lambda: tensors(min_value=0, allow_nan=True), "Cannot have allow_nan=True", id="nan"
        ),
        pytest.param(
            lambda: tensors(elements=st.just(1), allow_nan=False), "elements= says", id="both"
        ),
        pytest.param(
            lambda: tensors(dtype=torch.int64, requires_grad=True), "requires_grad=True", id="grad"
        ),
        pytest.param(
            lambda: tensors(dtype=torch.uint8, max_value=-1), "has no value between", id="none"
        ),
    ],
)
def test_bad_arguments_are_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        make()


def test_dtypes_come_from_the_kinds_asked_for() -> None:
    assert find(floating_dtypes(), lambda d: d.itemsize == 2, settings=LONG) == torch.float16
    assert find(integer_dtypes(), lambda d: not d.is_signed, settings=LONG) == torch.uint8
    if hasattr(torch, "float8_e5m2"):
        find(dtypes("float8"), lambda d: d == torch.float8_e5m2, settings=LONG)


def test_shapes_keep_to_their_bounds_and_reach_them() -> None:
    strategy = shapes(min_dims=1, max_dims=3, min_side=2, max_side=300)
    found: list[tuple[int, ...]] = []

    @settings(QUIET, max_examples=200)
    @given(strategy)
    def collect(shape: tuple[int, ...]) -> None:
        found.append(shape)

    collect()
    assert {len(shape) for shape in found} == {1, 2, 3}
    assert all(2 <= side <= 300 for shape in found for side in shape)
    assert math.prod(find(shapes(min_side=0), lambda s: True)) == 0


def test_nothing_is_registered_for_tensors() -> None:
    from hypothesis.strategies._internal.types import _global_type_lookup  # where it would show

    assert not [each for each in _global_type_lookup if "torch" in str(each)]


def test_random_state_is_not_touched() -> None:
    before = torch.random.get_rng_state()

    drawn(tensors(shape=(20, 20)), 20)

    assert torch.equal(torch.random.get_rng_state(), before)
