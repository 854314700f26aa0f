"""The hints of a kata: the sections `## N` of its `hints.md`, from a question to a step."""

from __future__ import annotations

import re
from pathlib import Path

_HEAD = re.compile(r"^##[ \t]+(\d+)\b[ \t]*(.*)$", re.MULTILINE)


def read(path: Path) -> tuple[str, ...]:
    """The hints in the file `path`, in their order, with headings that have more than a number."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    heads = [*_HEAD.finditer(text)]
    ends = [*(head.start() for head in heads), len(text)][1:]
    return tuple(
        # A heading that is a number alone says no more than "hint 2 of 6" does.
        text[head.start() if head[2] else head.end() : end].strip()
        for head, end in zip(heads, ends, strict=True)
    )
