"""What comes back for a value that was written: silent changes by type, as PostgreSQL makes them.

Sources: the PostgreSQL manual's chapter on data types (blank padding and truncation of character
types, rounding of numeric, single precision, jsonb's normal form).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ormthesis.schema.types import DataType, TypeKind


def coerce(data_type: DataType, value: Any) -> Any:
    """The stored value that reading gives back. Applying it twice changes nothing more."""
    if value is None:
        return None
    stored = data_type.stored(value)
    rule = _RULES.get(data_type.kind)
    return rule(data_type, stored) if rule else stored


def without_rounding(data_type: DataType) -> DataType:
    """The type for values that were observed: to round them would hide another scale."""
    item = data_type.item and without_rounding(data_type.item)
    return replace(data_type, scale=None, item=item)


def _text(data_type: DataType, value: Any) -> Any:
    if data_type.length is None or not isinstance(value, str):
        return value
    if data_type.fixed:
        return value.rstrip(" ").ljust(data_type.length)
    excess = value[data_type.length :]
    return value[: data_type.length] if excess and not excess.strip(" ") else value


def _numeric(data_type: DataType, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return value
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if data_type.scale is None or not number.is_finite():
        return number
    return number.quantize(Decimal(1).scaleb(-data_type.scale), rounding=ROUND_HALF_UP)


def _float(data_type: DataType, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return value
    number = float(value)
    if data_type.bits == 32:
        return struct.unpack("f", struct.pack("f", number))[0]
    return number


def _integer(data_type: DataType, value: Any) -> Any:
    if isinstance(value, (float, Decimal)) and value == value.__round__():
        return int(value)
    return value


def _json(data_type: DataType, value: Any) -> Any:
    if isinstance(value, dict):
        return {_key(key): _json(data_type, item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json(data_type, item) for item in value]
    if isinstance(value, float) and value == 0 and data_type.binary:
        return 0.0
    return value


def _key(key: Any) -> str:
    if isinstance(key, bool):
        return "true" if key else "false"
    return "null" if key is None else str(key)


def _array(data_type: DataType, value: Any) -> Any:
    if data_type.item is None or not isinstance(value, (list, tuple)):
        return value
    return [coerce(data_type.item, item) for item in value]


def _bytes(data_type: DataType, value: Any) -> Any:
    return bytes(value) if isinstance(value, (bytearray, memoryview)) else value


_RULES: dict[TypeKind, Callable[[DataType, Any], Any]] = {
    TypeKind.TEXT: _text,
    TypeKind.NUMERIC: _numeric,
    TypeKind.FLOAT: _float,
    TypeKind.INTEGER: _integer,
    TypeKind.JSON: _json,
    TypeKind.ARRAY: _array,
    TypeKind.BYTES: _bytes,
}
