"""PostgreSQL's text of values that are made of others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy.dialects.postgresql import Range

Write = Callable[[Any], str]


def range_text(value: Any, write: Write) -> Any:
    """`[1,5)`, and `{[1,5),[7,)}` for a multirange; anything else is left as it is."""
    if isinstance(value, Range):
        return _range(value, write)
    if isinstance(value, Iterable) and not isinstance(value, str):
        return "{" + ",".join(_range(part, write) for part in value) + "}"
    return value


def _range(value: Range[Any], write: Write) -> str:
    if value.isempty:
        return "empty"
    opening, closing = value.bounds
    low, high = ("" if end is None else _quoted(write(end)) for end in (value.lower, value.upper))
    return f"{opening}{low},{high}{closing}"


def hstore_text(value: Any) -> Any:
    """`"a"=>"1", "b"=>NULL`."""
    if not isinstance(value, Mapping):
        return value
    pairs = (
        f"{_quoted(key)}=>{'NULL' if item is None else _quoted(item)}"
        for key, item in value.items()
    )
    return ", ".join(pairs)


def bits_text(value: Any) -> Any:
    """Plain text, whichever class of text holds it."""
    return str(value) if isinstance(value, str) else value


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
