"""Values as JSON. What JSON has no equal for becomes an object with one key, its tag.

    Decimal("1.50")  ->  {"$decimal": "1.50"}

Enum members are kept by name and found again through the column's type.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import InvalidOperation
from enum import Enum
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.dialects.postgresql.ranges import MultiRange

from ormthesis.core.errors import ReproductionError
from ormthesis.engine.reproductions.value_tags import BY_NAME, BY_TYPE
from ormthesis.schema.decorators import enums_of
from ormthesis.schema.types import Stored

if TYPE_CHECKING:
    from ormthesis.schema.types import DataType


class MemberGoneError(ValueError):
    """An enum has no member of that name any more."""


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
    if isinstance(value, Range):
        return {"$range": [encode_value(value.lower), encode_value(value.upper), _shape(value)]}
    if isinstance(value, (MultiRange, set, frozenset)):
        return {f"${kind.__name__.lower()}": [encode_value(item) for item in value]}
    if isinstance(value, Stored):
        return {"$stored": encode_value(value.value)}
    if tag := BY_TYPE.get(kind):
        return {tag.name: tag.encode(value)}
    if isinstance(value, Enum) and value.name in kind.__members__:
        return {"$enum": value.name}
    if isinstance(value, str):  # a class of text, such as a name that is to be quoted
        return encode_value(str(value))
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
        case "$range":
            low, high, shape = inner
            ends = decode_value(low, _item(data_type)), decode_value(high, _item(data_type))
            return Range(empty=True) if shape == "empty" else Range(*ends, bounds=shape)
        case "$multirange" | "$set" | "$frozenset":
            return _COLLECTIONS[name](decode_value(item, _item(data_type)) for item in inner)
        case "$stored":
            return Stored(decode_value(inner, data_type and data_type.beneath))
    return _untag(name, inner)


_COLLECTIONS: dict[str, Any] = {"$multirange": MultiRange, "$set": set, "$frozenset": frozenset}


def _shape(value: Range[Any]) -> str:
    return "empty" if value.isempty else value.bounds


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
    if name not in BY_NAME:
        raise ValueError(f"{name!r} is no tag that this version knows")
    try:
        return BY_NAME[name].decode(inner)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, InvalidOperation) as error:
        raise ValueError(f"{name!r} holds {inner!r}") from error


def _item(data_type: DataType | None) -> DataType | None:
    """An array of several dimensions has one item type."""
    return (data_type.item or data_type) if data_type else None


def _member(name: str, data_type: DataType | None) -> Any:
    """The member of that name; without a type of enum members the name itself."""
    members = [item for item in data_type.members if isinstance(item, Enum)] if data_type else []
    if data_type and data_type.decorates is not None and not members:
        members = [item for found in enums_of(data_type.source) for item in found]
    if not members:
        return name
    for member in members:
        if member.name == name:
            return member
    raise MemberGoneError(f"member {name!r} of the enum {type(members[0]).__name__}")
