"""The third step: what could be better in code that is green. Suggestions, never a verdict.

`reading` and `lint` look at the learner's file, `trial` runs it: under the kata's own steps to see
which lines they reach and with which arguments its functions are called, and once more with those
arguments under `torch.compile`, `vmap`, other dtypes and the meta device.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Suggestion:
    """One thing to look at."""

    topic: str  # coverage, docstring, hints, ruff, compile, vmap, dtype, meta, speed
    text: str
    line: int = 0  # in the learner's file; 0 where it is about no single line
    fact: bool = False  # worth knowing, but nothing to do about it
