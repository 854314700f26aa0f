"""`check_backward`: a backward pass written by hand against the numerical derivative."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor

from . import _tree
from ._dtypes import can_have_gradient, coarsest
from ._errors import GradcheckError
from ._exact import failing_blocks
from ._layout import OutputLayout, real_numel, real_view
from ._numeric import Differences
from ._random import Generators
from ._report import failure
from ._settings import Options
from ._subject import argument_leaves, integer_arguments, to_double

Convention = Literal["grad_output, inputs", "grad_output", "inputs"]


def check_backward(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    inputs: Tensor | Sequence[object] = (),
    *,
    takes: Convention | None = None,
    eps: float | None = None,
    atol: float | None = None,
    rtol: float | None = None,
    raise_exception: bool = True,
) -> bool:
    """Check a backward pass written by hand, with or without autograd.

    `forward(*inputs)` gives the output, a tensor (or several). `backward` gives the gradients of
    the inputs, and is called in one of three ways; `takes` says which, by default its signature:

    - `"grad_output, inputs"`: `backward(grad_output, *inputs)`, the vector-Jacobian product;
    - `"grad_output"`: `backward(grad_output)`, for code whose forward keeps what it needs;
    - `"inputs"`: `backward(*inputs)`, the gradient of an output that is a single number.

    It returns the gradient of each floating-point input in order (a tensor where there is one
    such input; else a tuple, or a dict by parameter name). None stands for zero. `forward` is
    called anew before each `backward`. Code that stores its gradients is checked by a `backward`
    that returns what was stored: `lambda x: (layer.backward(x), layer.grads["dw"])[1]`.

    Args:
        forward: a function of the inputs; its output is one floating-point tensor or several.
        backward: see above.
        inputs: the arguments, a tensor or a sequence. Floating-point tensors are copied to float64
            (where the functions work in float64) and each element of them is checked.
        takes: how `backward` is called.
        eps: step of the central difference; None for one that fits the precision.
        atol, rtol: |analytic - numerical| <= atol + rtol * |numerical|.
        raise_exception: False to get False instead of the error.

    Returns:
        True; False when a gradient is wrong and `raise_exception` is False.

    Raises:
        GradcheckError: a gradient is wrong, or has another shape than its input.
        TypeError: `backward` cannot be called in any of the three ways, or returns something else
            than gradients.
        ValueError: no input is a floating-point tensor.
    """
    __tracebackhide__ = True
    given = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    with Generators({tensor.device for tensor in _tree.flat(given)}) as generators:
        subject = _HandSubject.of(forward, given)
        if not subject.leaves:
            raise ValueError("check_backward needs at least one floating-point input to check")
        outputs = subject.call()
        generators.watch()
        generators.rewind()
        options = Options(eps=eps, atol=atol, rtol=rtol)
        try:
            error = _check(subject, backward, outputs, takes, options, generators)
        except GradcheckError as raised:
            error = raised
    if error is None:
        return True
    if not raise_exception:
        return False
    # From here: the frames of the check itself explain nothing to the reader.
    raise error.with_traceback(None) from None


def _check(
    subject: _HandSubject,
    backward: Callable[..., Any],
    outputs: tuple[Tensor, ...],
    takes: Convention | None,
    options: Options,
    generators: Generators,
) -> GradcheckError | None:
    tolerance = options.tolerance(coarsest(leaf.tensor for leaf in subject.leaves))
    floating = [index for index, output in enumerate(outputs) if can_have_gradient(output)]
    layout = OutputLayout.of(outputs, floating)
    if not layout.size:
        raise ValueError("forward returned no floating-point output with elements")
    differences = Differences(
        subject,
        layout,
        layout.vector(outputs),
        eps=tolerance.eps,
        generators=generators,
        budget=options.budget,
    )
    rows = _HandRows(subject, backward, [outputs[index] for index in floating], takes, generators)
    blocks = failing_blocks(differences, rows, layout, tolerance)
    if not blocks:
        return None
    return failure(blocks, differences, rows, layout, tolerance)


class _HandSubject:
    """`forward`, by every floating-point tensor among its arguments."""

    needs_grad_mode = True  # it may use autograd for parts; whatever it does, it does as called

    def __init__(self, forward: Callable[..., Any], args: tuple[object, ...]) -> None:
        self.args, self._forward = args, forward
        self.leaves = tuple(argument_leaves(forward, args, {}, can_have_gradient))
        self.inputs = range(0)

    @classmethod
    def of(cls, forward: Callable[..., Any], args: tuple[object, ...]) -> _HandSubject:
        """In float64 where `forward` works in it."""

        def copied(tensor: Tensor) -> Tensor:
            return tensor.detach().clone()

        def doubled(tensor: Tensor) -> Tensor:
            return to_double(tensor, requires_grad=False)

        original = cls(forward, _tree.replace(args, copied))
        try:
            wide = cls(forward, _tree.replace(args, doubled))
            wide.call()
        except Exception:  # any: what fails in float64 alone is checked as it was given
            return original
        return wide

    def call(self) -> tuple[Tensor, ...]:
        return _tree.flat(self._forward(*self.args))

    def at(
        self, values: Sequence[Tensor], state: Sequence[Tensor] | None = None
    ) -> tuple[Tensor, ...]:
        rest = iter(values)

        def change(tensor: Tensor) -> Tensor:
            return next(rest) if can_have_gradient(tensor) else tensor

        return _tree.flat(self._forward(*_tree.replace(self.args, change)))

    def state(self) -> tuple[Tensor, ...]:
        return ()

    def keep(self) -> Callable[[], None]:
        raise NotImplementedError  # never called: it is not evaluated in batches

    def integers(self) -> tuple[tuple[str, Tensor], ...]:
        return integer_arguments(self._forward, self.args, {})

    def at_tiled(
        self, values: Mapping[int, Tensor], tiled: Callable[[Tensor], Tensor]
    ) -> tuple[Tensor, ...]:
        raise NotImplementedError  # never called: it is evaluated one by one, as it was written for


class _HandRows:
    """Rows of the Jacobian as `backward` gives them, one unit cotangent at a time."""

    batched = False

    def __init__(
        self,
        subject: _HandSubject,
        backward: Callable[..., Any],
        outputs: Sequence[Tensor],
        takes: Convention | None,
        generators: Generators,
    ) -> None:
        self.outputs = outputs
        self.leaves = [leaf.tensor for leaf in subject.leaves]
        self.notes: list[str] = []
        self.reached = [False] * len(self.leaves)
        self._subject, self._backward, self._generators = subject, backward, generators
        self._takes = takes or convention(backward, subject.args, outputs)

    def jacobians(self) -> list[list[Tensor]]:
        """For each output and leaf (rows, columns) in real numbers."""
        return [self._jacobian(output) for output in range(len(self.outputs))]

    def _jacobian(self, output: int) -> list[Tensor]:
        value = self.outputs[output]
        count = real_numel(value)
        rows = [real_view(leaf).new_zeros((count, real_numel(leaf))) for leaf in self.leaves]
        for row in range(count):
            for place, gradient in enumerate(self._gradients(output, row)):
                rows[place][row] = gradient
            if row == 0:
                again = self._gradients(output, row)
                for place, gradient in enumerate(again):
                    if not torch.equal(rows[place][0].nan_to_num(), gradient.nan_to_num()):
                        raise GradcheckError(
                            "Backward is not reentrant, i.e., running backward with same input "
                            "and grad_output multiple times gives different values.\n"
                            f"  the gradient of {self._subject.leaves[place].name} changed when "
                            "backward was called a second time\n"
                            "  why: backward keeps state between its calls: gradients that are "
                            "added to those of the call before, or an input that is modified"
                        )
        return rows

    def row(self, row: int) -> list[Tensor]:
        """For each leaf one row, counted over all outputs."""
        for output, value in enumerate(self.outputs):
            if row < real_numel(value):
                return self._gradients(output, row)
            row -= real_numel(value)
        raise IndexError(row)

    def _gradients(self, output: int, row: int) -> list[Tensor]:
        self._generators.rewind()
        self._subject.call()
        cotangents = [torch.zeros_like(each, requires_grad=False) for each in self.outputs]
        real_view(cotangents[output]).view(-1)[row] = 1
        before = [leaf.clone() for leaf in self.leaves]
        if self._takes == "inputs":
            result = self._backward(*self._subject.args)
        elif self._takes == "grad_output":
            result = self._backward(*cotangents)
        else:
            result = self._backward(*cotangents, *self._subject.args)
        for leaf, value, named in zip(self.leaves, before, self._subject.leaves, strict=True):
            if not torch.equal(leaf.nan_to_num(), value.nan_to_num()):
                leaf.copy_(value)
                raise GradcheckError(f"backward modifies {named.name} in place")
        return [self._row(gradient, place) for place, gradient in enumerate(self._ordered(result))]

    def _ordered(self, result: object) -> list[object]:
        names = [leaf.name for leaf in self._subject.leaves]
        if isinstance(result, Tensor):
            results: list[object] = [result]
        elif isinstance(result, Mapping):
            return [result.get(short_name(name)) for name in names]
        elif isinstance(result, (tuple, list)):
            results = list(result)
        else:
            raise TypeError(
                f"backward returned {type(result).__qualname__}: it must return a gradient for "
                f"each of {', '.join(names)}: a tensor, a tuple in that order, or a dict by name. "
                "Where it stores them, pass a function that calls it and returns what was stored."
            )
        if len(results) == len(self._subject.args) != len(names):
            # As autograd.Function does: one for each argument, None for those without gradient.
            floating = [
                isinstance(arg, Tensor) and can_have_gradient(arg) for arg in self._subject.args
            ]
            results = [each for each, wanted in zip(results, floating, strict=True) if wanted]
        if len(results) != len(names):
            raise TypeError(
                f"backward returned {len(results)} gradients for {len(names)} inputs: "
                f"{', '.join(names)}"
            )
        return results

    def _row(self, gradient: object, place: int) -> Tensor:
        leaf, name = self.leaves[place], self._subject.leaves[place].name
        if gradient is None:
            return real_view(torch.zeros_like(leaf)).reshape(-1)
        self.reached[place] = True
        if not isinstance(gradient, Tensor):
            raise TypeError(f"backward returned {type(gradient).__qualname__} for {name}")
        if gradient.shape != leaf.shape:
            raise GradcheckError(
                f"the gradient of {name} has shape {tuple(gradient.shape)}, "
                f"but {name} has shape {tuple(leaf.shape)}"
                + _broadcast(tuple(gradient.shape), tuple(leaf.shape), name)
            )
        return real_view(gradient.detach().to(leaf.dtype)).reshape(-1)


def _broadcast(gradient: tuple[int, ...], leaf: tuple[int, ...], name: str) -> str:
    """What to sum over, where the gradient has the shape that its input was broadcast to."""
    missing = len(gradient) - len(leaf)
    padded = (1,) * missing + leaf
    if missing < 0 or any(of not in (1, to) for of, to in zip(padded, gradient, strict=True)):
        return ""
    summed = [dim for dim, (of, to) in enumerate(zip(padded, gradient, strict=True)) if of != to]
    dims = sorted({*range(missing), *summed})
    which = f"dimension {dims[0]}" if len(dims) == 1 else f"dimensions {tuple(dims)}"
    return f"\n  why: {name} was broadcast; its gradient is the sum of this one over {which}"


def convention(
    backward: Callable[..., Any], args: tuple[object, ...], outputs: Sequence[Tensor]
) -> Convention:
    """How `backward` wants to be called, by its signature.

    Raises:
        TypeError: in none of the three ways.
    """
    scalar = len(outputs) == 1 and outputs[0].numel() == 1
    try:
        signature = inspect.signature(backward)
    except (TypeError, ValueError):  # built-in functions have no signature
        return "grad_output, inputs"
    full = _binds(signature, len(outputs) + len(args))
    cached = _binds(signature, len(outputs))
    plain = scalar and _binds(signature, len(args))
    if full:
        return "grad_output, inputs"
    if plain and cached:
        # One parameter for one output and one input: its name tells which of the two it is.
        first = next(iter(signature.parameters))
        return "grad_output" if first.startswith(("g", "d", "upstream")) else "inputs"
    if plain:
        return "inputs"
    if cached:
        return "grad_output"
    ways = "backward(grad_output, *inputs) or backward(grad_output)"
    raise TypeError(
        f"backward{signature} fits neither {ways}"
        + (" nor, for an output of one number, backward(*inputs)" if scalar else "")
        + f", with {len(outputs)} output(s) and {len(args)} input(s)"
    )


def _binds(signature: inspect.Signature, count: int) -> bool:
    try:
        signature.bind(*[None] * count)
    except TypeError:
        return False
    return True


def short_name(name: str) -> str:
    """`x` of `input 0 (x)`."""
    return name.partition("(")[2].rstrip(")") or name
