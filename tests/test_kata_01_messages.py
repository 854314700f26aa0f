"""What learners of kata 01 read of typical mistakes."""

from __future__ import annotations

import pytest
from kata_messages import headlines

# The mistake, the step that catches it, and what its message must say.
TYPICAL = {
    "plain_tensor": (
        "test_weights_are_a_parameter",
        "weights must be an nn.Parameter, or no optimizer will find it; it is a Tensor",
    ),
    "transposed": (
        "test_weights_are_a_parameter",
        "needs weights of shape (",
    ),
    "no_super_init": (
        "test_weights_are_a_parameter",
        "cannot assign parameters before Module.__init__() call",
    ),
    "bias_always": (
        "test_bias_is_a_parameter_or_none",
        "with bias=False, bias must be None; it is Parameter containing",
    ),
    "third_parameter": ("test_bias_is_a_parameter_or_none", "yours are ['scale', 'weights']"),
    "default_repr": ("test_the_layer_tells_what_it_is", "repr(layer) must be"),
    "no_size_check": (
        "test_sizes_below_one_are_refused",
        "must raise ValueError; it raised",
    ),
    "vague_message": ("test_sizes_below_one_are_refused", "must tell the value"),
    "init_rows_alike": (
        "test_weights_start_random",
        "some rows of the initial weights are alike: units that start alike stay alike",
    ),
    "own_seed": (
        "test_weights_start_random",
        "two new layers have the same weights: is there a fixed seed, or a shared tensor?",
    ),
    "bias_never_filled": ("test_weights_start_random", "the bias differs: is it filled at all?"),
    "squeezed": ("test_any_leading_dimensions", "give y of shape"),
    "float32_output": ("test_the_dtype_of_the_layer", "gives y in that dtype; yours is in"),
    "input_requires_grad": (
        "test_nothing_given_is_changed",
        "forward made x require a gradient: x is not yours to change",
    ),
    "weights_detached": (
        "test_gradients",
        "no gradient reaches weights: something cuts the graph",
    ),
    "bias_data": ("test_gradients", "no gradient reaches bias: something cuts the graph"),
    "gradient_doubled": ("test_gradients", "the gradient of "),
    "functional": ("test_one_sample", "torch.nn.functional.linear is forbidden here"),
    "nn_linear": ("test_one_sample", "was constructed as torch.nn.Linear"),
    "cpu_inside": ("test_the_device_of_the_layer", "device"),
}


@pytest.fixture(scope="module")
def found() -> dict[str, str]:
    return headlines("01_linear", {mistake: step for mistake, (step, _) in TYPICAL.items()})


@pytest.mark.parametrize("mistake", TYPICAL)
def test_the_message_says_what_is_wrong(mistake: str, found: dict[str, str]) -> None:
    assert TYPICAL[mistake][1] in found[mistake]
