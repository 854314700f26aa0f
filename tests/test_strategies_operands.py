"""Operands, broadcasting shapes and indices: everything that is drawn fits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest
import torch
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from pytest_torchkata.strategies import (
    BroadcastableShapes,
    broadcastable_shapes,
    indices,
    layouts,
    matmul_operands,
    mutually_broadcastable,
    shapes,
)

QUIET = settings(database=None, deadline=None)
SHAPES = shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)


def broadcast(*several: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sum(torch.zeros(shape) for shape in several).shape)  # type: ignore[union-attr]  # never empty


@QUIET
@given(SHAPES.flatmap(lambda s: st.tuples(st.just(s), broadcastable_shapes(s, min_side=0))))
def test_a_broadcastable_shape_broadcasts(drawn: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    broadcast(*drawn)  # raises if they do not


@QUIET
@given(st.data())
def test_broadcastable_shapes_keep_their_bounds(data: st.DataObject) -> None:
    shape = data.draw(broadcastable_shapes((3, 1), min_dims=1, max_dims=4, min_side=1, max_side=3))

    assert 1 <= len(shape) <= 4
    assert all(1 <= side <= 3 for side in shape)


@QUIET
@given(mutually_broadcastable(3, max_dims=4, min_side=0, max_side=4))
def test_mutually_broadcastable_shapes_know_their_result(drawn: BroadcastableShapes) -> None:
    assert broadcast(*drawn.input_shapes) == drawn.result_shape


@QUIET
@given(matmul_operands(min_side=0, max_side=3, layout=layouts()))
def test_matmul_multiplies_whatever_is_drawn(operands: tuple[torch.Tensor, torch.Tensor]) -> None:
    torch.matmul(*operands)


@pytest.mark.parametrize("left", [1, 2, 3, 4])
@pytest.mark.parametrize("right", [1, 2, 3, 4])
def test_every_case_of_matmul_is_drawn(left: int, right: int) -> None:
    find(
        matmul_operands(),
        lambda pair: (pair[0].ndim, pair[1].ndim) == (left, right),
        settings=settings(max_examples=2000),  # one case of sixteen
    )


def test_operands_whose_batches_broadcast_are_drawn() -> None:
    def broadcasts(pair: tuple[torch.Tensor, torch.Tensor]) -> bool:
        first, second = (operand.shape[:-2] for operand in pair)
        return bool(first) and bool(second) and first != second

    find(matmul_operands(), broadcasts)


@QUIET
@given(st.data())
def test_gather_accepts_every_index(data: st.DataObject) -> None:
    x = torch.zeros(data.draw(shapes(min_side=0, max_side=4)))
    dim = data.draw(st.integers(-x.ndim, x.ndim - 1))
    index = data.draw(indices(tuple(x.shape), dim=dim))

    assert torch.gather(x, dim, index).shape == index.shape


@QUIET
@given(st.data())
def test_index_select_accepts_every_index(data: st.DataObject) -> None:
    x = torch.zeros(data.draw(shapes(min_side=0, max_side=4)))
    dim = data.draw(st.integers(-x.ndim, x.ndim - 1))

    torch.index_select(x, dim, data.draw(indices(tuple(x.shape), like="index_select", dim=dim)))


@QUIET
@given(st.data())
def test_advanced_indexing_accepts_every_index(data: st.DataObject) -> None:
    x = torch.zeros(data.draw(shapes(min_dims=0, min_side=0, max_side=4)))

    x[data.draw(indices(tuple(x.shape), like="advanced"))]


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(
            lambda part: isinstance(part, torch.Tensor) and part.dtype == torch.bool, id="mask"
        ),
        pytest.param(
            lambda part: isinstance(part, torch.Tensor) and part.dtype == torch.int64, id="vector"
        ),
        pytest.param(lambda part: isinstance(part, int) and part < 0, id="negative"),
        pytest.param(lambda part: isinstance(part, slice) and part.step == 2, id="step"),
        pytest.param(lambda part: part is None, id="None"),
        pytest.param(lambda part: part is ..., id="ellipsis"),
    ],
)
def test_every_kind_of_index_is_drawn(wanted: Callable[[Any], bool]) -> None:
    find(indices((3, 4), like="advanced"), lambda index: any(wanted(part) for part in index))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(
            lambda: broadcastable_shapes((3,), min_dims=1, min_side=2, max_side=2),
            "needs a side of 1 or 3 in dimension -1",
            id="no side fits",
        ),
        pytest.param(
            lambda: broadcastable_shapes(cast("tuple[int, ...]", [3])),
            "Expected a tuple",
            id="list",
        ),
        pytest.param(lambda: mutually_broadcastable(0), "num_shapes=0 must be", id="none"),
        pytest.param(lambda: indices((2,), like="take"), "is not one of gather", id="like"),
        pytest.param(lambda: indices((2,), dim=1), "dim=1 is no dimension of", id="dim"),
        pytest.param(lambda: matmul_operands(max_batch_dims=-1), "max_dims=-1 is less", id="batch"),
    ],
)
def test_bad_arguments_are_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        make()
