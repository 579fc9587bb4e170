"""What the driver makes of a result, brought to the oracle's normal form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import psycopg
from psycopg.adapt import Transformer
from psycopg.pq import Format
from psycopg.types.multirange import Multirange
from psycopg.types.range import Range as DriverRange
from sqlalchemy.dialects.postgresql import Range

from ormthesis.oracle.coercion import coerce, without_rounding
from ormthesis.persistence.array_text import parse_array
from ormthesis.persistence.literal_values import DIALECT
from ormthesis.schema.types import DataType, TypeKind

Normalise = Callable[[Any], Any]

_COERCED = {
    TypeKind.FLOAT,
    TypeKind.NUMERIC,
    TypeKind.MONEY,
    TypeKind.JSON,
    TypeKind.ARRAY,
    TypeKind.BYTES,
    TypeKind.RANGE,
}


def normaliser(data_type: DataType) -> Normalise | None:
    """From a column's value as psycopg gives it to a stored value; None where they are the same."""
    if data_type.kind is TypeKind.UNKNOWN:
        return _by_its_type(data_type)
    if data_type.kind not in _COERCED:
        return None
    observed = without_rounding(data_type)
    return lambda value: coerce(observed, _plain(observed, value))


def _by_its_type(data_type: DataType) -> Normalise | None:
    """A type that we do not know is read as its own class reads it: as the model's value."""
    impl = data_type.source.dialect_impl(DIALECT)
    process: Normalise | None = impl.result_processor(DIALECT, None)
    return process


def _plain(data_type: DataType, value: Any) -> Any:
    if isinstance(value, DriverRange):
        return _range(value)
    if isinstance(value, Multirange):
        return [_range(part) for part in value]
    if data_type.kind is TypeKind.ARRAY and data_type.item is not None:
        return _array(data_type.item, value)
    return value


def _range(value: DriverRange[Any]) -> Range[Any]:
    if value.isempty:
        return Range(empty=True)
    return Range(value.lower, value.upper, bounds=cast(Any, value.bounds))


def _array(item: DataType, value: Any) -> Any:
    """The driver gives arrays of types that it does not know, such as enums, as text."""
    if isinstance(value, str):
        load = _loader(item)
        return _items(parse_array(value), lambda text: _plain(item, load(text)))
    return _items(value, lambda part: _plain(item, part))


def _items(value: Any, convert: Normalise) -> Any:
    if isinstance(value, list):
        return [_items(part, convert) for part in value]
    return value if value is None else convert(value)


def _loader(item: DataType) -> Callable[[str], Any]:
    """From PostgreSQL's text of one item to a value, by the driver's own means."""
    found = psycopg.adapters.types.get(item.name.partition("(")[0].strip().lower())
    if found is None:
        return str
    loader = Transformer().get_loader(found.oid, Format.TEXT)
    return lambda text: loader.load(text.encode())
