"""What learners of kata 05 read of typical mistakes."""

from __future__ import annotations

import pytest
from kata_messages import headlines

# The mistake, the step that catches it, and what its message must say.
TYPICAL = {
    "bias_columns": ("test_a_bias_is_added", "is (out, in): b must have shape"),
    "bias_plain_tensor": ("test_a_bias_is_added", "b must be an nn.Parameter; it is a Tensor"),
    "bias_zeros": ("test_the_bias_is_random", "all elements of b are 0: b must be random"),
    "bias_always_new": (
        "test_a_bias_that_is_there_stays",
        "the module has a b: add_bias must leave it as it is",
    ),
    "init_new_parameters": (
        "test_weights_become_ones",
        "W must stay the same Parameter object: an optimizer would go on with the old one",
    ),
    "init_graph": ("test_weights_become_ones", "a leaf Variable that requires grad"),
    "init_everything_with_w": (
        "test_only_functions_are_filled",
        "the class name decides: it must start with 'Function_'",
    ),
    "linear_class_patched": (
        "test_forward_of_that_instance_only",
        "linearize(module) changed the forward of another instance of the class",
    ),
    "linear_values_held": (
        "test_later_changes_are_seen",
        "W and b are new Parameters: the output must follow",
    ),
    "linear_lambda_on_instance": (
        "test_copies_compute_with_their_own",
        "W and b of the original changed: a deep copy must keep its own",
    ),
    "linear_call_replaced": (
        "test_later_changes_are_seen",
        "each hook must run once a call",
    ),
    "names_instance_repr": ("test_repr_shows_the_name", "the repr must show name="),
    "names_class_patched": (
        "test_repr_of_that_instance_only",
        "show_names(module) changed the repr of another instance of the class",
    ),
    "count_parents_first": ("test_children_come_before_parents", "must come before its parent"),
    "count_shared_twice": ("test_shared_modules_come_once", "more than once"),
    "count_module_apply": ("test_children_come_before_parents", "apply"),
}


@pytest.fixture(scope="module")
def found() -> dict[str, str]:
    return headlines("05_apply", {mistake: step for mistake, (step, _) in TYPICAL.items()})


@pytest.mark.parametrize("mistake", TYPICAL)
def test_the_message_says_what_is_wrong(mistake: str, found: dict[str, str]) -> None:
    assert TYPICAL[mistake][1] in found[mistake]
