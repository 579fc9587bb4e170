"""Long calls on several lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

WIDTH = 92
"""Characters of a line, without the indentation of a function and a block in it."""


def quoted(text: str) -> str:
    """The text as a literal of Python, in double quotes where that needs no escape."""
    single = repr(text)
    return f'"{single[1:-1]}"' if '"' not in text else single


def call(head: str, values: Mapping[str, str], tail: str) -> Iterator[str]:
    """A call with a dict: in one line where it fits, else with a line for each entry."""
    pairs = [f"{quoted(name)}: {text}" for name, text in values.items()]
    line = f"{head}{{{', '.join(pairs)}}}{tail}"
    if len(line) <= WIDTH:
        yield line
        return
    yield f"{head}{{"
    yield from (f"    {pair}," for pair in pairs)
    yield f"}}{tail}"


def arguments(head: str, values: Sequence[str]) -> Iterator[str]:
    """A call with these arguments, likewise."""
    line = f"{head}{', '.join(values)})"
    if len(line) <= WIDTH:
        yield line
        return
    yield head
    yield from (f"    {value}," for value in values)
    yield ")"
