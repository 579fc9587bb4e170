"""Values as JSON. What JSON has no equal for becomes an object with one key, its tag.

    Decimal("1.50")  ->  {"$decimal": "1.50"}

Enum members are kept by name and found again through the column's type.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ormthesis.core.errors import ReproductionError
from ormthesis.generation.graph import EntityRef
from ormthesis.oracle.outcome import Unspecified

if TYPE_CHECKING:
    from ormthesis.schema.types import DataType


class MemberGoneError(ValueError):
    """An enum has no member of that name any more."""


@dataclass(frozen=True, slots=True)
class _Tag:
    """How one class of values is written and read."""

    name: str
    type: type
    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]


_TAGS = (
    _Tag("$decimal", Decimal, str, Decimal),
    _Tag("$datetime", dt.datetime, dt.datetime.isoformat, dt.datetime.fromisoformat),
    _Tag("$date", dt.date, dt.date.isoformat, dt.date.fromisoformat),
    _Tag("$time", dt.time, dt.time.isoformat, dt.time.fromisoformat),
    _Tag(
        "$timedelta",
        dt.timedelta,
        lambda value: [value.days, value.seconds, value.microseconds],
        lambda parts: dt.timedelta(parts[0], parts[1], parts[2]),
    ),
    _Tag("$uuid", UUID, str, UUID),
    _Tag("$bytes", bytes, bytes.hex, bytes.fromhex),
    _Tag("$ref", EntityRef, str, EntityRef.parse),
    _Tag("$unspecified", Unspecified, lambda value: value.name, lambda name: Unspecified[name]),
    # Not finite, or -0.0, which other tools rewrite.
    _Tag("$float", float, repr, float),
    # Lone surrogates, which UTF-8 cannot hold.
    _Tag(
        "$surrogates",
        str,
        lambda text: text.encode(errors="surrogatepass").hex(),
        lambda digits: bytes.fromhex(digits).decode(errors="surrogatepass"),
    ),
)
_BY_TYPE: Mapping[type, _Tag] = {tag.type: tag for tag in _TAGS}
_BY_NAME: Mapping[str, _Tag] = {tag.name: tag for tag in _TAGS}


def encode_value(value: Any) -> Any:
    """The value in JSON's types. Raises ReproductionError for a class that has no form there."""
    kind = type(value)
    if value is None or kind in (bool, int) or (kind in (str, float) and _is_plain(value)):
        return value
    if kind is list:
        return [encode_value(item) for item in value]
    if kind is tuple:
        return {"$tuple": [encode_value(item) for item in value]}
    if isinstance(value, Mapping):
        return _encode_mapping(value)
    if tag := _BY_TYPE.get(kind):
        return {tag.name: tag.encode(value)}
    if isinstance(value, Enum) and value.name in kind.__members__:
        return {"$enum": value.name}
    raise ReproductionError(
        f"A value of class {kind.__module__}.{kind.__qualname__} has no form in JSON: {value!r}.",
        hint="The failure is reported but not saved; give the column values of a plain class.",
    )


def decode_value(data: Any, data_type: DataType | None = None) -> Any:
    """The value again. `data_type` is the column's, which knows the members of an enum.

    Raises ValueError for a tag that is unknown or holds something else than it says, and
    MemberGoneError for an enum member that the models do not have.
    """
    if isinstance(data, list):
        return [decode_value(item, _item(data_type)) for item in data]
    if not isinstance(data, dict):
        return data
    if len(data) != 1 or not next(iter(data)).startswith("$"):
        return {key: decode_value(value) for key, value in data.items()}
    ((name, inner),) = data.items()
    match name:
        case "$tuple":
            return tuple(decode_value(item, _item(data_type)) for item in inner)
        case "$dict":
            return {decode_value(key): decode_value(value) for key, value in inner}
        case "$enum":
            return _member(inner, data_type)
    return _untag(name, inner)


def _is_plain(value: str | float) -> bool:
    """Whether JSON in UTF-8 holds it as it is."""
    if isinstance(value, float):
        return math.isfinite(value) and (value != 0 or math.copysign(1, value) > 0)
    return value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value)


def _encode_mapping(value: Mapping[Any, Any]) -> dict[str, Any]:
    plain = all(type(key) is str and not key.startswith("$") and _is_plain(key) for key in value)
    if plain:
        return {key: encode_value(item) for key, item in value.items()}
    return {"$dict": [[encode_value(key), encode_value(item)] for key, item in value.items()]}


def _untag(name: str, inner: Any) -> Any:
    if name not in _BY_NAME:
        raise ValueError(f"{name!r} is no tag that this version knows")
    try:
        return _BY_NAME[name].decode(inner)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, InvalidOperation) as error:
        raise ValueError(f"{name!r} holds {inner!r}") from error


def _item(data_type: DataType | None) -> DataType | None:
    """An array of several dimensions has one item type."""
    return (data_type.item or data_type) if data_type else None


def _member(name: str, data_type: DataType | None) -> Any:
    """The member of that name; without a type of enum members the name itself."""
    members = [item for item in data_type.members if isinstance(item, Enum)] if data_type else []
    if not members:
        return name
    for member in members:
        if member.name == name:
            return member
    raise MemberGoneError(f"member {name!r} of the enum {type(members[0]).__name__}")
