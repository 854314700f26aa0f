"""What learners of kata 04 read of typical mistakes."""

from __future__ import annotations

import pytest
from kata_messages import headlines

# The mistake, the step that catches it, and what its message must say.
TYPICAL = {
    "count_by_class_name": ("test_each_forward_is_counted", "counts must map each of"),
    "count_late_binding": ("test_each_forward_is_counted", "of the model, counts must be"),
    "count_remove_nothing": (
        "test_counting_leaves_no_trace",
        "after remove() the counts must stand still",
    ),
    "count_output_kept": (
        "test_counting_leaves_no_trace",
        "count_calls keeps an activation in memory after the pass is over",
    ),
    "double_first_only": ("test_positional_tensors_are_doubled", "input 1 must be doubled"),
    "double_everything": (
        "test_positional_tensors_are_doubled",
        "is no tensor and must stay",
    ),
    "double_no_handle": (
        "test_doubling_is_a_hook",
        "double_inputs(module) must return the handle of its hook, which has remove()",
    ),
    "affine_not_returned": (
        "test_the_output_is_replaced",
        "the output must be",
    ),
    "affine_data": (
        "test_the_output_is_replaced",
        "no gradient reaches W: the hook cuts the graph",
    ),
    "normalize_each_by_itself": (
        "test_input_gradients_are_normalized",
        "before the hook the gradients of the inputs were",
    ),
    "clip_by_value": ("test_long_gradients_are_clipped", "it must be scaled to that norm"),
    "clip_nan_hidden": ("test_clipping_hides_nothing", "NaN must stay visible"),
    "clip_in_place": (
        "test_clipping_hides_nothing",
        "the hook changed a gradient in place: return a new one",
    ),
    "monitor_nan_silent": ("test_exploding_gradients_warn", "has a gradient of norm nan"),
    "monitor_swallows": (
        "test_a_closed_monitor_is_gone",
        "GradientMonitor swallows the exception that ends its block: let it pass",
    ),
    "capture_returns_detached": (
        "test_outputs_are_captured",
        "capturing cut the graph",
    ),
    "capture_unknown_late": (
        "test_unknown_names_are_refused",
        "capture failed, yet left hooks behind",
    ),
}


@pytest.fixture(scope="module")
def found() -> dict[str, str]:
    return headlines("04_hooks", {mistake: step for mistake, (step, _) in TYPICAL.items()})


@pytest.mark.parametrize("mistake", TYPICAL)
def test_the_message_says_what_is_wrong(mistake: str, found: dict[str, str]) -> None:
    assert TYPICAL[mistake][1] in found[mistake]
