"""Values, rows and changes as short text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import Range

from ormthesis.generation.graph import EntityRef
from ormthesis.oracle.outcome import Unspecified
from ormthesis.schema.types import Stored

if TYPE_CHECKING:
    from ormthesis.generation.case import Change, Mutation, Operation

LONGEST = 60
"""Characters of a value that are shown; what is cut off is counted."""


_NETWORKS = (IPv4Address, IPv6Address, IPv4Network, IPv6Network)


def show(value: Any) -> str:
    """A value as a reader of SQL would write it; long ones are cut and measured."""
    if value is None:
        return "NULL"
    if isinstance(value, Unspecified):
        return value.value
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, str):
        return _cut(repr(value), f"{len(value)} characters")
    if isinstance(value, bytes):
        return _cut(repr(value), f"{len(value)} bytes")
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, Stored):
        return show(value.value)
    if isinstance(value, Range):
        return "empty" if value.isempty else str(value)
    if isinstance(value, (EntityRef, Decimal, UUID, timedelta, *_NETWORKS)):
        return str(value)
    if isinstance(value, Mapping):
        return _cut("{" + ", ".join(f"{k}: {show(v)}" for k, v in value.items()) + "}", "cut")
    if isinstance(value, (list, tuple)):
        return _cut("[" + ", ".join(map(show, value)) + "]", f"{len(value)} items")
    return _cut(repr(value), "cut")


def show_change(change: Change) -> str:
    """`name: 'a' -> NULL`, with an arrow."""
    return f"{change.column}: {show(change.old)} → {show(change.new)}"


def show_mutation(mutation: Mutation) -> str:
    changes = ", ".join(map(show_change, mutation.changes))
    return f"{mutation.ref} {changes} ({mutation.kind.value})"


def enumerate_words(words: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def show_row(row: Mapping[str, Any]) -> str:
    """Every column that is not NULL."""
    return ", ".join(f"{name} = {show(value)}" for name, value in row.items() if value is not None)


def _cut(text: str, size: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}… ({size})"


def show_operation(operation: Operation) -> str:
    """What is done, in words; of an update with its values."""
    action = operation.action
    if action is None or action.relationship is not None:
        return str(operation)
    values = enumerate_words([f"{name} = {show(value)}" for name, value in action.values.items()])
    return f"{action.kind.value} {action.ref} with {values}"
